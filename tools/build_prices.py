"""Build the price catalogue from a table of models with prices as decimal text.

    python3 tools/build_prices.py TABLE.json 2026-11-25 > src/narrowgate/providers/catalog/prices.json

TABLE.json maps model names to objects in the format of the model_prices table that LiteLLM (MIT)
publishes. Prices become integers of 1e-9 USD per million tokens, which holds every published price.
What a price per token does not tell in full has no price: unknown is better than too little.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

# The table's names of providers, as ours. Providers without a profile are left out.
PROVIDERS: Mapping[str, str] = {
    "ai21": "ai21",
    "aihubmix": "aihubmix",
    "anthropic": "anthropic",
    "azure": "azure",
    "baseten": "baseten",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "crusoe": "crusoe",
    "dashscope": "dashscope",
    "databricks": "databricks",
    "deepinfra": "deepinfra",
    "deepseek": "deepseek",
    "featherless_ai": "featherless",
    "fireworks_ai": "fireworks",
    "fireworks_ai-embedding-models": "fireworks",
    "friendliai": "friendli",
    "gemini": "gemini",
    "gmi": "gmi",
    "groq": "groq",
    "hyperbolic": "hyperbolic",
    "inception": "inception",
    "jina_ai": "jina",
    "lambda_ai": "lambda",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "morph": "morph",
    "nebius": "nebius",
    "novita": "novita",
    "nscale": "nscale",
    "nvidia_nim": "nvidia",
    "openai": "openai",
    "openrouter": "openrouter",
    "ovhcloud": "ovhcloud",
    "perplexity": "perplexity",
    "sambanova": "sambanova",
    "scaleway": "scaleway",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "vercel_ai_gateway": "vercel",
    "volcengine": "volcengine",
    "voyage": "voyage",
    "wandb": "wandb",
    "xai": "xai",
    "zai": "zai",
}
# Kinds of models that calls can name; the table also lists video, search and other services.
MODES = frozenset(
    {
        "audio_speech",
        "audio_transcription",
        "chat",
        "completion",
        "embedding",
        "image_edit",
        "image_generation",
        "moderation",
        "realtime",
        "rerank",
        "responses",
    }
)
_FIELDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "input_audio": "input_cost_per_audio_token",
    "input_image": "input_cost_per_image_token",
    "reasoning": "output_cost_per_reasoning_token",
    "output_audio": "output_cost_per_audio_token",
    "output_image": "output_cost_per_image_token",
}
_PLAIN = ("input", "output")
_PER_CALL = ("input_cost_per_query", "input_cost_per_request")
_MAKES_NO_TOKENS = frozenset({"embedding", "moderation", "rerank"})
_SCALE = Decimal(10) ** 15  # USD a token, in 1e-9 USD a million tokens
_EXACT = 10**9
# Prices by size of picture (1536-x-1024/…) and by the service's tier of quality are no models.
_NO_MODEL = re.compile(r"\d+-x-\d+|^ft:|\*|(?:^|/)container$")
_WITHOUT_SOURCE = "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json"

Entry = Mapping[str, object]
Row = dict[str, object]


def price_of(entry: Entry) -> dict[str, int] | None:
    """Return the entry's prices, or None when they are not known in full.

    A zero beside a price is no price (who charges nothing for cache writes counts them as input),
    and zeros alone are a price only where a page says so or the service is free for everybody.
    """
    prices = {ours: amount for ours, theirs in _FIELDS.items() if (amount := _amount(entry.get(theirs))) is not None}
    if "output" not in prices:
        made = prices.get("output_image", prices.get("output_audio"))
        if made is None and entry.get("mode") in _MAKES_NO_TOKENS:
            made = 0
        if made is not None:
            prices["output"] = made
    if not all(name in prices for name in _PLAIN) or any(_amount(entry.get(name)) for name in _PER_CALL):
        return None
    if not any(prices.values()) and not _is_free(entry):
        return None
    return {name: prices[name] for name in _FIELDS if name in _PLAIN or prices.get(name)}


def rows(table: Mapping[str, Entry], today: str) -> Iterator[Row]:
    """Yield the catalogue's rows in order, one for a provider and model that can be called `today`."""
    found: dict[tuple[str, str], Row] = {}
    for name, entry in table.items():
        theirs = str(entry.get("litellm_provider"))
        provider = PROVIDERS.get(theirs)
        if provider is None or entry.get("mode") not in MODES or _NO_MODEL.search(name):
            continue
        if str(entry.get("deprecation_date", "9999")) < today:
            continue
        model = name.removeprefix(f"{theirs}/")
        row: Row = {
            "provider": provider,
            "model": model,
            "mode": entry["mode"],
            "price": price_of(entry),
            "max_input": _count(entry.get("max_input_tokens")),
            "max_output": _count(entry.get("max_output_tokens")),
            "source": entry.get("source", _WITHOUT_SOURCE),
            "read": today[:7],
        }
        known = found.setdefault((provider, model), row)
        if known["price"] is None:
            found[provider, model] = row
    yield from (found[key] for key in sorted(found))


def _amount(value: object) -> int | None:
    """Return a price in 1e-9 USD per million tokens."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    exact = Decimal(value) * _SCALE
    rounded = int(exact.to_integral_value())
    # Digits behind the ninth are what a binary fraction left in the table (0.0000029999900000000002).
    if abs(exact - rounded) * _EXACT > abs(exact) or exact < 0:
        raise ValueError(f"{value} USD a token is not a whole number of 1e-9 USD per million")
    return rounded


def _is_free(entry: Entry) -> bool:
    charges = [value for name, value in entry.items() if "_cost" in name and isinstance(value, str | int | Decimal)]
    return ("source" in entry or entry.get("mode") == "moderation") and not any(Decimal(value) for value in charges)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def main() -> None:
    """Print the catalogue."""
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"), parse_float=Decimal)
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows(table, sys.argv[2]))
    unit = "1e-9 USD per million tokens"
    print(f'{{"version":"{sys.argv[2]}","unit":"{unit}","models":[\n{lines}\n]}}')


if __name__ == "__main__":
    main()
