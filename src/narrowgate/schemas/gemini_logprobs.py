"""Log probabilities of tokens: Google's object and that of OpenAI Chat, which the model of replies has.

Source: https://ai.google.dev/api/generate-content#LogprobsResult,
https://platform.openai.com/docs/api-reference/chat/object (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.schemas.gemini_generate import Logprob, LogprobsResult, TopLogprobs
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError


class _Token(msgspec.Struct):
    token: str = ""
    logprob: float = 0.0
    bytes: list[int] | None = None


class _Entry(_Token):
    top_logprobs: list[_Token] = []


class _Logprobs(msgspec.Struct):
    content: list[_Entry] | None = None
    refusal: list[_Entry] | None = None


_LOGPROBS = msgspec.json.Decoder(_Logprobs)


def openai_logprobs(result: LogprobsResult) -> Raw | None:
    """Return `result` as OpenAI Chat's `logprobs` object; None when it names no token."""
    if not result.chosen_candidates:
        return None
    tops = result.top_candidates or []
    entries: list[_Entry] = []
    for place, chosen in enumerate(result.chosen_candidates):
        others = (tops[place].candidates or []) if place < len(tops) else []
        made = _token(chosen)
        entries.append(_Entry(made.token, made.logprob, made.bytes, [_token(other) for other in others]))
    return Raw(msgspec.json.encode(_Logprobs(entries)))


def google_logprobs(value: Raw) -> LogprobsResult | None:
    """Return OpenAI Chat's `logprobs` object as Google's; None when it names no token."""
    try:
        entries = read(_LOGPROBS, value).content
    except WireError:
        return None
    if not entries:
        return None
    chosen = [Logprob(entry.token, entry.logprob) for entry in entries]
    if not any(entry.top_logprobs for entry in entries):
        return LogprobsResult(chosen)
    tops = [TopLogprobs([Logprob(top.token, top.logprob) for top in entry.top_logprobs]) for entry in entries]
    return LogprobsResult(chosen, tops)


def joined(values: list[Raw]) -> Raw:
    """Return OpenAI Chat's `logprobs` objects, those of a stream, as one; what is none of them is left out."""
    entries: list[_Entry] = []
    for value in values:
        try:
            entries += read(_LOGPROBS, value).content or []
        except WireError:
            continue
    return Raw(msgspec.json.encode(_Logprobs(entries)))


def _token(found: Logprob) -> _Token:
    token = found.token or ""
    return _Token(token, float(found.log_probability or 0), list(token.encode("utf-8", "replace")))
