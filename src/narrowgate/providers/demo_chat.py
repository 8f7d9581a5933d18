"""The demo provider's chat completions and completions.

Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11).
"""

from collections.abc import Iterator, Sequence

import msgspec

from narrowgate.providers.demo_answer import (
    DemoAnswer,
    Json,
    Refused,
    data_event,
    limit_of,
    refuse_several,
    stream,
    texts_of,
    wants_stream,
    wants_usage,
    whole,
)
from narrowgate.providers.demo_text import after_tool, cut, pieces, prompt_tokens, reply, text_of, tokens
from narrowgate.providers.demo_tools import ToolCall, argument_pieces, call_for

_DONE = b"data: [DONE]\n\n"


class _Said(msgspec.Struct, frozen=True):
    """What the answer says, however it is sent: text or a tool call."""

    text: str
    call: Json | None
    reason: str
    usage: Json


def chat(request: Json, model: str, number: int, now_s: int) -> DemoAnswer:
    """Answer a chat completion.

    Raises:
        Refused: the request is wrong.
    """
    said = _said(request, model, number)
    head: Json = {"id": f"chatcmpl-demo{number}", "created": now_s, "model": model, "system_fingerprint": "fp_demo"}
    if wants_stream(request):
        return stream(*_chat_events(head, said, has_usage=wants_usage(request)), _DONE)
    message: Json = {"role": "assistant", "content": said.text, "refusal": None, "annotations": []}
    if said.call is not None:
        message |= {"content": None, "tool_calls": [said.call]}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": said.reason}
    return whole({**head, "object": "chat.completion", "choices": [choice], "usage": said.usage})


def completions(request: Json, model: str, number: int, now_s: int) -> DemoAnswer:
    """Answer a completion: one choice for every prompt.

    Raises:
        Refused: the request is wrong.
    """
    refuse_several(request)
    prompts = texts_of(request.get("prompt"), "prompt")
    most = limit_of(request, "max_tokens")
    said = [cut(reply(model, prompt, None), most) for prompt in prompts]
    usage = _usage(prompts, sum(tokens(text) for text, _ in said))
    head: Json = {"id": f"cmpl-demo{number}", "object": "text_completion", "created": now_s, "model": model}

    def choice(index: int, piece: str, reason: str | None) -> list[Json]:
        return [{"index": index, "text": piece, "logprobs": None, "finish_reason": reason}]

    ends = [("length" if is_cut else "stop") for _, is_cut in said]
    if not wants_stream(request):
        choices = [one for index, (text, _) in enumerate(said) for one in choice(index, text, ends[index])]
        return whole({**head, "choices": choices, "usage": usage})
    frames: list[bytes] = []
    for index, (text, _) in enumerate(said):
        frames += [data_event({**head, "choices": choice(index, word, None)}) for word in pieces(text)]
        frames.append(data_event({**head, "choices": choice(index, "", ends[index])}))
    if wants_usage(request):
        frames.append(data_event({**head, "choices": [], "usage": usage}))
    return stream(*frames, _DONE)


def _said(request: Json, model: str, number: int) -> _Said:
    refuse_several(request)
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused("messages: expected a list of at least one message", "messages")
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise Refused(f"messages[{index}]: expected an object with a role", f"messages[{index}]")
    texts = [text_of(message.get("content")) for message in messages]
    if messages[-1]["role"] == "tool":
        return _in_words(request, texts, after_tool(texts[-1]))
    question = next((text_of(one.get("content")) for one in reversed(messages) if one["role"] == "user"), texts[-1])
    call = call_for(request, question, calls_always=model.endswith("tools"))
    if call is None:
        return _in_words(request, texts, reply(model, question, request.get("response_format")))
    return _Said("", _tool_call(call, number), "tool_calls", _usage(texts, tokens(call.name + call.arguments)))


def _in_words(request: Json, texts: Sequence[str], answer: str) -> _Said:
    text, is_cut = cut(answer, limit_of(request, "max_completion_tokens", "max_tokens"))
    return _Said(text, None, "length" if is_cut else "stop", _usage(texts, tokens(text)))


def _tool_call(call: ToolCall, number: int) -> Json:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_demo{number}", "type": "function", "function": function}


def _chat_events(head: Json, said: _Said, *, has_usage: bool) -> Iterator[bytes]:
    shared: Json = {**head, "object": "chat.completion.chunk"}
    if has_usage:
        shared["usage"] = None

    def chunk(delta: Json, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return data_event({**shared, "choices": [choice]})

    if said.call is None:
        yield chunk({"role": "assistant", "content": "", "refusal": None})
        for word in pieces(said.text):
            yield chunk({"content": word})
    else:
        yield from (chunk(delta) for delta in _call_deltas(said.call))
    yield chunk({}, said.reason)
    if has_usage:
        yield data_event({**shared, "choices": [], "usage": said.usage})


def _call_deltas(call: Json) -> Iterator[Json]:
    function = call["function"]
    assert isinstance(function, dict)
    begun = {**call, "index": 0, "function": {**function, "arguments": ""}}
    yield {"role": "assistant", "content": None, "tool_calls": [begun]}
    for piece in argument_pieces(str(function["arguments"])):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _usage(texts: Sequence[str], made: int) -> Json:
    given = prompt_tokens(texts)
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
