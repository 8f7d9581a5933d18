"""Known models with their prices and limits, from the package's data file."""

from collections.abc import Mapping

import msgspec

from narrowgate.policy.budget.price import Price

# Who makes the models whose bare names people write, in the order in which a name is looked for.
_MAKERS = (
    "openai",
    "anthropic",
    "gemini",
    "mistral",
    "deepseek",
    "xai",
    "cohere",
    "perplexity",
    "moonshot",
    "dashscope",
    "zai",
    "minimax",
    "ai21",
    "voyage",
    "jina_ai",
)


class CatalogEntry(msgspec.Struct, frozen=True, gc=False):
    """One model of one provider. `price` is None when the vendor names no price per token."""

    provider: str
    model: str
    mode: str
    price: Price | None
    max_input: int | None
    max_output: int | None
    source: str
    read: str


class _File(msgspec.Struct, frozen=True):
    version: str
    unit: str
    models: tuple[CatalogEntry, ...]


_DECODER = msgspec.json.Decoder(_File)


class Catalog:
    """All known models. `version` is the date of the data."""

    def __init__(self, version: str, entries: tuple[CatalogEntry, ...]) -> None:
        self.version = version
        self._by_provider: dict[str, list[CatalogEntry]] = {}
        for entry in entries:
            self._by_provider.setdefault(entry.provider, []).append(entry)

    @classmethod
    def decode(cls, data: bytes) -> "Catalog":
        """Read the data file."""
        file = _DECODER.decode(data)
        return cls(file.version, file.models)

    def models_of(self, provider: str) -> tuple[CatalogEntry, ...]:
        """Return what is known of a provider's models."""
        return tuple(self._by_provider.get(provider, ()))

    def entry(self, provider: str, model: str) -> CatalogEntry | None:
        """Return one model."""
        return next((entry for entry in self._by_provider.get(provider, ()) if entry.model == model), None)

    def price_of(self, provider: str, model: str) -> Price | None:
        """Return what a model costs, None when unknown."""
        entry = self.entry(provider, model)
        return None if entry is None else entry.price

    def owners(self) -> Mapping[str, str]:
        """Return which maker a bare model name belongs to."""
        owners: dict[str, str] = {}
        for maker in _MAKERS:
            for entry in self._by_provider.get(maker, ()):
                owners.setdefault(entry.model, maker)
        return owners
