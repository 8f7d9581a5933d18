"""The demo provider's Responses objects and events."""

from collections.abc import Iterator, Sequence

Json = dict[str, object]


def responses_object(model: str, number: int, now_s: int, text: str, usage: Json) -> Json:
    """Return a completed response that says `text`."""
    return {
        "id": f"resp_demo{number}",
        "object": "response",
        "created_at": now_s,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "model": model,
        "output": [_message(number, text, "completed")],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": usage["prompt_tokens"],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage["total_tokens"],
        },
        "metadata": {},
    }


def responses_events(done: Json, words: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """Yield (event name, data) of the stream whose end is `done`."""
    text = "".join(words)
    number = str(done["id"]).removeprefix("resp_demo")
    item_id = f"msg_demo{number}"
    begun = {**done, "status": "in_progress", "output": [], "usage": None}
    empty = _part("")
    place: Json = {"item_id": item_id, "output_index": 0, "content_index": 0}
    events: list[tuple[str, Json]] = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        ("response.output_item.added", {"output_index": 0, "item": {**_item(item_id), "status": "in_progress"}}),
        ("response.content_part.added", {**place, "part": empty}),
        *(("response.output_text.delta", {**place, "delta": word, "logprobs": []}) for word in words),
        ("response.output_text.done", {**place, "text": text, "logprobs": []}),
        ("response.content_part.done", {**place, "part": _part(text)}),
        (
            "response.output_item.done",
            {"output_index": 0, "item": {**_item(item_id), "status": "completed", "content": [_part(text)]}},
        ),
        ("response.completed", {"response": done}),
    ]
    for sequence, (name, data) in enumerate(events):
        yield name, {"type": name, "sequence_number": sequence, **data}


def _message(number: int, text: str, status: str) -> Json:
    return {**_item(f"msg_demo{number}"), "status": status, "content": [_part(text)]}


def _item(item_id: str) -> Json:
    return {"type": "message", "id": item_id, "role": "assistant", "content": []}


def _part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
