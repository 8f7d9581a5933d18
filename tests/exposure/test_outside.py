"""What a configuration opens is told completely, and no value of a secret."""

from pathlib import Path

import msgspec
import pytest

from narrowgate.adapters.config_file import Loaded, load
from narrowgate.exposure.outside import Outside, dialled_of, needs_egress, outside_of, proxies_of, without_secrets

TEXT = """
listen:
  host: "::1"
  port: 8443
  unix_socket: /run/ng.sock
  tls: {certificate: CERT, private_key: CERT, client_ca: CERT}
admin_token: env://TOKEN
providers:
  openai: {api_key: env://OPENAI_KEY, headers: {X-Extra: env://EXTRA}}
  azure: {base_url: "https://mine.example:8443", api_key: env://AZURE, proxy: env://PROXY}
  four: {base_url: "http://10.0.0.5:8000/v1"}
fetch: {enabled: true, hosts: ["cdn.example:8444"]}
sandbox: {require: true}
"""
ENVIRONMENT = {"TOKEN": "t" * 20, "OPENAI_KEY": "sk-hidden", "EXTRA": "hidden", "AZURE": "hidden"}
ENVIRONMENT |= {"PROXY": "http://me:hidden@proxy.example:3129"}


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    (tmp_path / "cert.pem").write_text("")
    file = tmp_path / "narrowgate.yaml"
    file.write_text(TEXT.replace("CERT", str(tmp_path / "cert.pem")))
    return load(file, ENVIRONMENT)


def outside(loaded: Loaded, environment: dict[str, str]) -> Outside:
    proxies = proxies_of(loaded.plan.origins, environment)
    return outside_of(loaded.config, loaded.plan, Path("/data"), proxies)


def test_everybody_who_is_connected_to_is_named(loaded: Loaded) -> None:
    found = outside(loaded, ENVIRONMENT)
    ends = {(one.host, one.port): one.of for one in found.outbound}
    assert ends == {
        ("api.openai.com", 443): ("openai",),
        ("proxy.example", 3129): ("azure",),
        ("10.0.0.5", 8000): ("four",),
        ("the name servers in /etc/resolv.conf", 53): (),
        ("cdn.example", 8444): ("fetch",),
    }
    proxies = proxies_of(loaded.plan.origins, ENVIRONMENT)
    dialled = dialled_of(loaded.config, without_secrets(loaded.plan.origins, proxies))
    assert {port for _, port in ends} <= dialled.connect_ports
    assert needs_egress(loaded.config, loaded.plan)


def test_no_value_of_a_secret_is_told(loaded: Loaded) -> None:
    assert b"hidden" not in msgspec.json.encode(outside(loaded, ENVIRONMENT))


def test_listeners_and_sources_of_secrets_are_told(loaded: Loaded) -> None:
    found = outside(loaded, ENVIRONMENT)
    assert [one.address for one in found.listeners] == ["[::1]:8443", "/run/ng.sock", "/data/control.sock"]
    assert found.listeners[0].is_tls
    assert "has a certificate" in found.listeners[0].who
    assert found.sockets == ("/run/ng.sock", "/data/control.sock")
    sources = {one.path: one.source for one in found.secrets}
    assert sources["admin_token"] == "env://TOKEN"
    assert sources["providers.openai.headers.x-extra"] == "env://EXTRA"
    assert sources["providers.azure.proxy"] == "env://PROXY"
    assert sources["listen.tls.private_key"].startswith("file://")
    assert found.requires_seal


def test_a_proxy_that_is_not_known_here_is_said(loaded: Loaded) -> None:
    found = outside(loaded, {name: value for name, value in ENVIRONMENT.items() if name != "PROXY"})
    assert "the proxy of 'azure' is not known here" in found.notes
    assert [one.host for one in found.outbound if "azure" in one.of] == ["?"]


def test_fetching_from_anywhere_is_noted() -> None:
    plain = load(None, {})
    config = msgspec.structs.replace(plain.config, fetch=msgspec.structs.replace(plain.config.fetch, enabled=True))
    found = outside_of(config, plain.plan, Path("/data"), {})
    assert ("*", 443) in {(one.host, one.port) for one in found.outbound}
    assert "fetch is on for all public hosts" in found.notes[0]
