"""Known models with their prices and limits, from the package's data file."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from narrowgate.policy.budget.price import Price

# Who makes the models whose bare names people write, and how those names begin. Makers sell
# models of others as well (Mistral GLM, DashScope Kimi): what does not begin so is not theirs.
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "openai": (
            "chat-latest",
            "chatgpt-",
            "codex-",
            "computer-use-",
            "dall-e-",
            "daybreak-",
            "gpt-",
            "o1",
            "o3",
            "o4",
            "omni-moderation-",
            "text-embedding-",
            "tts-",
            "whisper-",
        ),
        "anthropic": ("claude-",),
        "gemini": ("gemini-", "gemma-", "imagen-", "learnlm-", "lyria-", "nano-banana-"),
        "mistral": (
            "codestral-",
            "devstral-",
            "magistral-",
            "ministral-",
            "mistral-",
            "open-mistral-",
            "pixtral-",
            "voxtral-",
        ),
        "deepseek": ("deepseek-",),
        "xai": ("grok-",),
        "cohere": ("c4ai-", "command-", "embed-", "rerank-english-", "rerank-multilingual-", "rerank-v"),
        "perplexity": ("pplx-", "sonar"),
        "moonshot": ("kimi-", "moonshot-"),
        "dashscope": ("qwen", "qwq-"),
        "zai": ("glm-",),
        "minimax": ("MiniMax-",),
        "ai21": ("j2-", "jamba-"),
        "voyage": ("rerank-1", "rerank-2", "rerank-3", "rerank-lite-", "voyage-"),
        "jina": ("jina-",),
        "inception": ("mercury",),
        "morph": ("morph-",),
    }
)


class CatalogEntry(msgspec.Struct, frozen=True, gc=False):
    """One model of one provider.

    `provider` is the name of a profile, `model` what that provider calls the model. `price` is
    None when it is unknown or not by token alone. `read` is when `source` was read (YYYY-MM).
    """

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
    """All known models. `version` is the date of the data (YYYY-MM-DD)."""

    def __init__(self, version: str, entries: tuple[CatalogEntry, ...]) -> None:
        self.version = version
        self._by_provider: dict[str, dict[str, CatalogEntry]] = {}
        for entry in entries:
            self._by_provider.setdefault(entry.provider, {})[entry.model] = entry

    @classmethod
    def decode(cls, data: bytes) -> "Catalog":
        """Read the data file.

        Raises:
            msgspec.DecodeError: it is not the file this version of the package came with.
        """
        file = _DECODER.decode(data)
        return cls(file.version, file.models)

    def models_of(self, provider: str) -> tuple[CatalogEntry, ...]:
        """Return what is known of a provider's models, in order of their names."""
        return tuple(self._by_provider.get(provider, {}).values())

    def entry(self, provider: str, model: str) -> CatalogEntry | None:
        """Return one model, None when it is unknown."""
        return self._by_provider.get(provider, {}).get(model)

    def price_of(self, provider: str, model: str) -> Price | None:
        """Return what a model costs, None when unknown."""
        entry = self.entry(provider, model)
        return None if entry is None else entry.price

    def owners(self) -> dict[str, str]:
        """Return which maker a bare model name belongs to. Resellers own nothing."""
        return {
            model: maker
            for maker, beginnings in FAMILIES.items()
            for model in self._by_provider.get(maker, {})
            if model.startswith(beginnings) and "/" not in model
        }
