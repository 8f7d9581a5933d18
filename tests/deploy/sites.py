"""A configuration with everything in it that matters to where it runs."""

import msgspec

from narrowgate.config.load import parse
from narrowgate.config.plan import Plan, make_plan
from narrowgate.config.schema import Config
from narrowgate.deploy.site import Around, End, Site, ends_of, site_of
from tests.config.known import OTHER_NAMES, PROFILES


class NoModels:
    """A catalogue without models."""

    def models_of(self, provider: str) -> tuple[()]:
        return ()

    def owners(self) -> dict[str, str]:
        return {}


TEXT = """
listen:
  port: 8443
  tls: {certificate: /etc/narrowgate/tls/cert.pem, private_key: /etc/narrowgate/tls/key.pem}
drain_s: 44.5
providers:
  openai: {api_key: env://OPENAI_API_KEY, headers: {X-Team: blue, X-Extra: env://EXTRA}}
  azure: {base_url: "https://mine.example", api_key: "file:///run/keys/azure", proxy: env://PROXY}
  groq: {api_key: "file:///run/credentials/narrowgate.service/groq"}
  six: {base_url: "http://[fd00::5]:8000/v1"}
  four: {base_url: "http://10.0.0.5:8000/v1"}
  service: {base_url: "http://vllm.models.svc:8000/v1", allow_private: true}
  corp: {base_url: "https://llm.corp.example/v1", allow_private: true}
  beside: {base_url: "http://localhost:11434/v1"}
"""
PROXIES = {"azure": ("proxy.corp.example", 3128)}


def planned(text: str = TEXT) -> tuple[Config, Plan]:
    config = parse(text).config
    return config, make_plan(config, {}, PROFILES, OTHER_NAMES, NoModels())


def site(text: str = TEXT) -> Site:
    config, plan = planned(text)
    around = Around("1.2.3", "/etc/narrowgate/narrowgate.yaml", text, (("AZURE_BASE_URL", "https://mine.example"),))
    return site_of(config, plan, ends_of(plan.origins, PROXIES), around)


def listening(*ends: End) -> Site:
    """Return a plain site that connects to `ends`."""
    plain = site("providers: {four: {base_url: 'http://10.0.0.5/v1'}}")
    return msgspec.structs.replace(plain, ends=ends)
