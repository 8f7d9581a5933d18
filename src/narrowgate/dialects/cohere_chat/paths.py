"""Cohere's names for neutral paths."""

import re

_NAMES = {
    "max_output_tokens": "max_tokens",
    "sampling.top_p": "p",
    "sampling.top_k": "k",
    "sampling.stop": "stop_sequences",
    "sampling.has_logprobs": "logprobs",
    "format": "response_format",
    "format.schema": "response_format.json_schema",
    "reasoning": "thinking",
    "reasoning.budget_tokens": "thinking.token_budget",
    "tools.is_strict": "strict_tools",
    "is_stream": "stream",
}
_OUTER = re.compile(r"^(?:sampling|hints|extensions)\.")
_PART = re.compile(r"(messages\[\d+\])\.parts(\[\d+\])")


def path_of(what: str) -> str:
    """Return the path of what a neutral path names, as a client of Cohere wrote it."""
    return _NAMES.get(what) or _PART.sub(r"\1.content\2", _OUTER.sub("", what))
