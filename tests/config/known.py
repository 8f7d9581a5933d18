"""Made-up profiles and a made-up catalogue for the tests of plans."""

from collections.abc import Mapping

import msgspec

from narrowgate.model.operation import Operation
from narrowgate.policy.budget.price import Price
from narrowgate.providers.profile import Profile


def profile(name: str, base_url: str, operations: frozenset[Operation] = frozenset({Operation.CHAT})) -> Profile:
    stem = name.upper()
    return Profile(
        name=name,
        title=name.title(),
        base_url=base_url,
        key_env=(f"{stem}_API_KEY", f"{stem}_TOKEN"),
        base_url_env=(f"{stem}_BASE_URL",),
        operations=operations,
        source="https://docs.example",
        read="2026-11",
    )


OPENAI = profile("openai", "https://api.openai.com/v1", frozenset({Operation.CHAT, Operation.EMBEDDINGS}))
GROQ = msgspec.structs.replace(
    profile("groq", "https://api.groq.com/openai/v1"), catalog_prefixes=("groq_cloud",), headers={"X-Client": "n"}
)
AZURE = msgspec.structs.replace(
    profile("azure", ""),
    auth_header="api-key",
    auth_prefix="",
    paths={Operation.CHAT: "/openai/deployments/{model}/chat/completions"},
    query="api-version=1",
    model_in_path=True,
)
OLLAMA = msgspec.structs.replace(profile("ollama", "http://127.0.0.1:11434/v1"), needs_key=False)
PROFILES = {one.name: one for one in (OPENAI, GROQ, AZURE, OLLAMA)}
OTHER_NAMES = {"azure_openai": "azure"}


class Entry(msgspec.Struct, frozen=True):
    model: str
    price: Price | None


MODELS = {
    "openai": (Entry("gpt-4o", Price(2_500_000_000, 10_000_000_000)), Entry("gpt-live", None)),
    "groq_cloud": (Entry("llama", Price(1, 2)),),
}


class Catalogue:
    """Knows three models of two providers."""

    def models_of(self, provider: str) -> tuple[Entry, ...]:
        return MODELS.get(provider, ())

    def owners(self) -> Mapping[str, str]:
        return {"gpt-4o": "openai", "gpt-live": "openai"}
