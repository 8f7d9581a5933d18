"""How imitators of OpenAI's chat completions deviate when a conversation is translated for them, as data.

Sources: each provider's page in the tables beside this one (read 2026-11).
"""

from collections.abc import Mapping
from types import MappingProxyType

from narrowgate.providers.family import Quirks

_MORE = frozenset({"sampling.top_k", "sampling.min_p"})
_TOP_K = frozenset({"sampling.top_k"})
_OLD = "max_tokens"

OPENAI = Quirks(max_tokens_field="max_completion_tokens", has_developer=True, has_custom_tools=True)
# What a server of the user's own, or a provider nothing else is known of, is taken to be.
IMITATOR = Quirks(max_tokens_field=_OLD)

QUIRKS: Mapping[str, Quirks] = MappingProxyType(
    {
        "openai": OPENAI,
        "azure": OPENAI,
        "mistral": Quirks(
            max_tokens_field=_OLD,
            seed_field="random_seed",
            thinking_field="content",
            document_field="document_url",
            unknown=frozenset({"sampling.logit_bias", "sampling.has_logprobs", "sampling.top_logprobs"}),
            has_stream_options=False,
        ),
        "deepseek": Quirks(max_tokens_field=_OLD, thinking_field="reasoning_content", effort_field="thinking"),
        "moonshot": Quirks(
            max_tokens_field=_OLD, thinking_field="reasoning_content", effort_field="thinking", takes_urls=False
        ),
        "zai": Quirks(max_tokens_field=_OLD, thinking_field="reasoning_content", effort_field="thinking"),
        "minimax": Quirks(max_tokens_field=_OLD, thinking_field="reasoning_content"),
        "dashscope": Quirks(max_tokens_field=_OLD, effort_field="enable_thinking", known=_TOP_K),
        "dashscope-cn": Quirks(max_tokens_field=_OLD, effort_field="enable_thinking", known=_TOP_K),
        "openrouter": Quirks(
            max_tokens_field=_OLD,
            thinking_field="reasoning_details",
            effort_field="reasoning",
            has_cache_marks=True,
            has_developer=True,
            known=_MORE,
        ),
        "xai": Quirks(max_tokens_field="max_completion_tokens", has_developer=True, is_reasoning_outside=True),
        "groq": Quirks(max_tokens_field="max_completion_tokens", efforts=("none", "low", "medium", "high")),
        "cerebras": Quirks(max_tokens_field="max_completion_tokens"),
        "together": Quirks(max_tokens_field=_OLD, known=_MORE),
        "fireworks": Quirks(max_tokens_field=_OLD, thinking_field="reasoning_content", known=_MORE),
        "deepinfra": Quirks(max_tokens_field=_OLD, known=_MORE),
        "nebius": Quirks(max_tokens_field=_OLD, known=_TOP_K),
        "novita": Quirks(max_tokens_field=_OLD, known=_MORE),
        "hyperbolic": Quirks(max_tokens_field=_OLD, known=_MORE),
        "sambanova": Quirks(max_tokens_field=_OLD, known=_TOP_K),
        "vllm": Quirks(max_tokens_field=_OLD, known=_MORE),
        "sglang": Quirks(max_tokens_field=_OLD, known=_MORE),
        "llamacpp": Quirks(max_tokens_field=_OLD, known=_MORE),
    }
)


def quirks_of(name: str) -> Quirks:
    """Return the quirks of the provider with this profile."""
    return QUIRKS.get(name, IMITATOR)
