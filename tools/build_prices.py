"""Build the price catalogue from a table of models with prices as decimal text.

    python3 tools/build_prices.py TABLE.json 2026-11-25 > src/narrowgate/providers/catalog/prices.json

TABLE.json maps model names to objects in the format of the model_prices table that LiteLLM (MIT)
publishes. Prices become integers of 1e-9 USD per million tokens, which holds every published price.
"""

import json
import sys
from decimal import Decimal

# The table's provider names, as ours. Providers without a profile are left out.
_PROVIDERS = {
    "openai": "openai", "text-completion-openai": "openai", "azure": "azure", "anthropic": "anthropic",
    "gemini": "gemini", "mistral": "mistral", "deepseek": "deepseek", "xai": "xai", "cohere": "cohere",
    "cohere_chat": "cohere", "ai21": "ai21", "perplexity": "perplexity", "moonshot": "moonshot",
    "dashscope": "dashscope", "zai": "zai", "minimax": "minimax", "writer": "writer", "inception": "inception",
    "reka": "reka", "morph": "morph", "voyage": "voyage", "jina_ai": "jina_ai", "groq": "groq",
    "openrouter": "openrouter", "together_ai": "together_ai", "fireworks_ai": "fireworks_ai",
    "fireworks_ai-embedding-models": "fireworks_ai", "cerebras": "cerebras", "sambanova": "sambanova",
    "nvidia_nim": "nvidia_nim", "nebius": "nebius", "novita": "novita", "hyperbolic": "hyperbolic",
    "deepinfra": "deepinfra", "baseten": "baseten", "github": "github", "huggingface": "huggingface",
    "vercel_ai_gateway": "vercel_ai_gateway", "venice": "venice", "scaleway": "scaleway", "ovhcloud": "ovhcloud",
    "nscale": "nscale", "featherless_ai": "featherless_ai", "friendliai": "friendliai", "lambda_ai": "lambda_ai",
    "crusoe": "crusoe", "chutes": "chutes", "poe": "poe", "modelscope": "modelscope", "volcengine": "volcengine",
    "wandb": "wandb", "synthetic": "synthetic", "databricks": "databricks",
}  # fmt: skip
_FIELDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "input_audio": "input_cost_per_audio_token",
    "input_image": "input_cost_per_image_token",
    "reasoning": "output_cost_per_reasoning_token",
    "output_audio": "output_cost_per_audio_token",
    "output_image": "output_cost_per_image_token",
}
_SCALE = Decimal(10) ** 15  # USD a token, in 1e-9 USD a million tokens


def price_of(entry: dict[str, object]) -> dict[str, int] | None:
    """Return the entry's prices, or None when it has no price per token."""
    prices: dict[str, int] = {}
    for ours, theirs in _FIELDS.items():
        text = entry.get(theirs)
        if isinstance(text, str):
            # Finer digits are what a binary fraction leaves behind (0.0000029999900000000002).
            prices[ours] = int((Decimal(text) * _SCALE).to_integral_value())
    if "input" not in prices:
        return None
    if "output" not in prices and entry.get("mode") not in {"embedding", "rerank", "moderation"}:
        return None
    return {"output": 0} | prices


def rows(table: dict[str, dict[str, object]], today: str) -> list[dict[str, object]]:
    """Return the catalogue's rows, sorted, one a provider and model."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for name, entry in table.items():
        provider = _PROVIDERS.get(str(entry.get("litellm_provider")))
        if provider is None or str(entry.get("deprecation_date", "9999")) < today:
            continue
        prefix, slash, rest = name.partition("/")
        model = rest if slash and prefix in {str(entry.get("litellm_provider")), provider} else name
        if model.startswith("ft:") or "*" in model or "1024-x" in model or "/1024" in model:
            continue
        row = {
            "provider": provider,
            "model": model,
            "mode": str(entry.get("mode", "chat")),
            "price": price_of(entry),
            "max_input": _whole(entry.get("max_input_tokens")),
            "max_output": _whole(entry.get("max_output_tokens")),
            "source": str(entry.get("source", "https://github.com/BerriAI/litellm")),
            "read": today[:7],
        }
        found.setdefault((provider, model), row)
    return [found[key] for key in sorted(found)]


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def main() -> None:
    """Print the catalogue."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - a script
        table = json.load(file)
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows(table, sys.argv[2]))
    unit = "1e-9 USD per million tokens"
    print(f'{{"version":"{sys.argv[2]}","unit":"{unit}","models":[\n{lines}\n]}}')


if __name__ == "__main__":
    main()
