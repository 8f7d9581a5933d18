"""The demo provider's responses: an object, or the events that build it up.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

from collections.abc import Iterator, Sequence

from narrowgate.providers.demo_answer import (
    DemoAnswer,
    Json,
    Refused,
    limit_of,
    named_event,
    stream,
    wants_stream,
    whole,
)
from narrowgate.providers.demo_text import after_tool, cut, pieces, prompt_tokens, reply, text_of, tokens
from narrowgate.providers.demo_tools import ToolCall, argument_pieces, call_for

# What a response repeats of its request, and what it says when the request did not.
_REPEATED: tuple[tuple[str, object], ...] = (
    ("instructions", None),
    ("max_output_tokens", None),
    ("metadata", {}),
    ("parallel_tool_calls", True),
    ("previous_response_id", None),
    ("reasoning", {"effort": None, "summary": None}),
    ("store", False),
    ("temperature", 1.0),
    ("text", {"format": {"type": "text"}}),
    ("tool_choice", "auto"),
    ("tools", []),
    ("top_p", 1.0),
    ("truncation", "disabled"),
)
Event = tuple[str, Json]


def responses(request: Json, model: str, number: int, now_s: int) -> DemoAnswer:
    """Answer a response.

    Raises:
        Refused: the request is wrong.
    """
    item, texts, is_cut = _item(request, model, number)
    done = _response(request, model, number, now_s)
    made = tokens(_content(item))
    given = prompt_tokens(texts)
    done |= {
        "status": "incomplete" if is_cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if is_cut else None,
        "output": [item],
        "usage": {
            "input_tokens": given,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": made,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": given + made,
        },
    }
    if not wants_stream(request):
        return whole(done)
    events = enumerate(_events(done, item))
    return stream(
        *(named_event(name, {"type": name, "sequence_number": sequence, **data}) for sequence, (name, data) in events)
    )


def _item(request: Json, model: str, number: int) -> tuple[Json, Sequence[str], bool]:
    """Return the only item of the output, the texts that went in, and whether the answer was cut short."""
    given = _input(request)
    texts = [str(request.get("instructions") or ""), *(_text_of(one) for one in given)]
    if given[-1].get("type") == "function_call_output":
        answer = after_tool(texts[-1])
    else:
        said = (_text_of(one) for one in reversed(given) if one.get("role") == "user")
        question = next(said, texts[-1])
        call = call_for(request, question, calls_always=model.endswith("tools"))
        if call is not None:
            return _function_call(call, number), texts, False
        wish = request.get("text")
        answer = reply(model, question, wish.get("format") if isinstance(wish, dict) else None)
    text, is_cut = cut(answer, limit_of(request, "max_output_tokens"))
    return _message(text, number, is_cut=is_cut), texts, is_cut


def _input(request: Json) -> list[Json]:
    given = request.get("input")
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if not isinstance(given, list) or not given:
        raise Refused("input: expected text, or a list of at least one item", "input")
    for index, one in enumerate(given):
        if not isinstance(one, dict):
            raise Refused(f"input[{index}]: expected an object", f"input[{index}]")
    return given


def _text_of(item: Json) -> str:
    return text_of(item.get("output") if item.get("type") == "function_call_output" else item.get("content"))


def _response(request: Json, model: str, number: int, now_s: int) -> Json:
    """Return the response as it begins."""
    begun: Json = {
        "id": f"resp_demo{number}",
        "object": "response",
        "created_at": now_s,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "usage": None,
    }
    for name, usual in _REPEATED:
        value = request.get(name)
        begun[name] = usual if value is None else value
    return begun


def _message(text: str, number: int, *, is_cut: bool) -> Json:
    status = "incomplete" if is_cut else "completed"
    return {
        "type": "message",
        "id": f"msg_demo{number}",
        "status": status,
        "role": "assistant",
        "content": [_part(text)],
    }


def _function_call(call: ToolCall, number: int) -> Json:
    return {
        "type": "function_call",
        "id": f"fc_demo{number}",
        "call_id": f"call_demo{number}",
        "name": call.name,
        "arguments": call.arguments,
        "status": "completed",
    }


def _content(item: Json) -> str:
    content = item.get("content")
    return text_of(content) if content is not None else f"{item['name']}{item['arguments']}"


def _part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _events(done: Json, item: Json) -> Iterator[Event]:
    begun = {**done, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    empty: Json = {"arguments": ""} if item["type"] == "function_call" else {"content": []}
    yield "response.output_item.added", {"output_index": 0, "item": {**item, **empty, "status": "in_progress"}}
    yield from _call_events(item) if item["type"] == "function_call" else _text_events(item)
    yield "response.output_item.done", {"output_index": 0, "item": item}
    yield f"response.{done['status']}", {"response": done}


def _call_events(item: Json) -> Iterator[Event]:
    place: Json = {"item_id": item["id"], "output_index": 0}
    arguments = str(item["arguments"])
    for piece in argument_pieces(arguments):
        yield "response.function_call_arguments.delta", {**place, "delta": piece}
    yield "response.function_call_arguments.done", {**place, "name": item["name"], "arguments": arguments}


def _text_events(item: Json) -> Iterator[Event]:
    place: Json = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    text = _content(item)
    yield "response.content_part.added", {**place, "part": _part("")}
    for word in pieces(text):
        yield "response.output_text.delta", {**place, "delta": word, "logprobs": []}
    yield "response.output_text.done", {**place, "text": text, "logprobs": []}
    yield "response.content_part.done", {**place, "part": _part(text)}
