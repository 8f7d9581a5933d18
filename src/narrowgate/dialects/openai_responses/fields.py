"""What the neutral paths of a request are called in OpenAI's Responses API."""

import re

_NAMES = {
    "format": "text.format",
    "is_parallel": "parallel_tool_calls",
    "choices": "n",
    "is_stream": "stream",
    "sampling.has_logprobs": "include",
    "hints.cache_key": "prompt_cache_key",
    "hints.is_stored": "store",
    "hints.verbosity": "text.verbosity",
    "reasoning.budget_tokens": "reasoning.effort",
    "reasoning.is_sealed": "include",
}
_GROUPS = ("extensions.", "sampling.", "hints.")
_INPUT = re.compile(r"messages\[\d+\]")


def field(what: str) -> str:
    """Return the JSON path for a neutral path. Of the items of `input` none can be named exactly."""
    if what in _NAMES:
        return _NAMES[what]
    if _INPUT.match(what) or what == "messages":
        return "input"
    for group in _GROUPS:
        if what.startswith(group):
            return what.removeprefix(group)
    return what
