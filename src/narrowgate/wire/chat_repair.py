"""Mend what imitators of OpenAI's chat completions write that its clients do not understand.

Text Generation Inference and those that run it say that a model stopped in words of their own, and name calls by
no id, or a number. Source: https://huggingface.co/docs/text-generation-inference/messages_api (read 2026-11).
"""

import re

import msgspec

_FINISH = re.compile(rb'("finish_reason"\s*:\s*")(?:eos|eos_token|stop_sequence)"')
_CALLS = re.compile(rb'"tool_calls"\s*:\s*\[\s*\{')
_ANY = msgspec.json.Decoder(dict[str, object])
_ENCODER = msgspec.json.Encoder()


def has_calls(data: bytes) -> bool:
    """Whether any choice in JSON calls a tool."""
    return _CALLS.search(data) is not None


def mend_finish(data: bytes, *, has_called: bool) -> bytes:
    """Return JSON, or events of it, with OpenAI's words for why a choice ended; the same object if it had them."""
    if b'"eos' not in data and b'"stop_sequence"' not in data:
        return data
    word = rb"\1tool_calls" + b'"' if has_called else rb"\1stop" + b'"'
    return _FINISH.sub(word, data)


def mend_answer(body: bytes) -> bytes:
    """Return a whole answer with OpenAI's words, an id for every call and arguments as text.

    What is no answer comes back as it is.
    """
    if not has_calls(body):
        return mend_finish(body, has_called=False)
    body = mend_finish(body, has_called=True)
    try:
        answer = _ANY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    mended = [_mend_call(number, call) for number, call in enumerate(_calls_of(answer))]
    return _ENCODER.encode(answer) if any(mended) else body


def _mend_call(number: int, call: dict[str, object]) -> bool:
    """Mend one call in its place; say whether it had to be."""
    is_mended = False
    if not isinstance(call.get("id"), str) or not call["id"]:
        call["id"], is_mended = f"call_{number}", True
    function = call.get("function")
    if isinstance(function, dict) and isinstance(function.get("arguments"), dict):
        function["arguments"], is_mended = _ENCODER.encode(function["arguments"]).decode(), True
    return is_mended


def _calls_of(answer: dict[str, object]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    choices = answer.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        message = choice.get("message") if isinstance(choice, dict) else None
        calls = message.get("tool_calls") if isinstance(message, dict) else None
        found += [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else ()
    return found
