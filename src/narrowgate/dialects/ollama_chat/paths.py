"""Ollama's names for neutral paths."""

import re

_NAMES = {
    "max_output_tokens": "options.num_predict",
    "sampling.has_logprobs": "logprobs",
    "sampling.top_logprobs": "top_logprobs",
    "format.schema": "format",
    "reasoning": "think",
    "reasoning.effort": "think",
    "is_stream": "stream",
}
_OUTER = re.compile(r"^(?:hints\.|extensions\.(?:generate\.)?)")
_PART = re.compile(r"(messages\[\d+\])\.parts\[\d+\]")


def path_of(what: str) -> str:
    """Return the path of what a neutral path names, as a client of Ollama wrote it."""
    if what in _NAMES:
        return _NAMES[what]
    if what.startswith("sampling."):
        return f"options.{what.removeprefix('sampling.')}"
    return _PART.sub(r"\1", _OUTER.sub("", what))
