"""The built-in demo provider: answers in OpenAI's formats, made up on the spot, no network.

Source: https://platform.openai.com/docs/api-reference (read 2026-11).
"""

import base64
import hashlib
import struct
import zlib

import msgspec

from narrowgate.model.operation import Operation
from narrowgate.providers.demo_responses import responses_events, responses_object

_JSON = "application/json"
_SSE = "text/event-stream; charset=utf-8"
_DIMENSIONS = 256
_MOST_DIMENSIONS = 3_072
_MOST_ECHO = 400

Json = dict[str, object]


class DemoAnswer(msgspec.Struct, frozen=True):
    """An answer; `frames` are the body's pieces, one an event for a stream."""

    status: int
    content_type: str
    frames: tuple[bytes, ...]


def answer(operation: Operation, body: bytes, number: int, now_s: int) -> DemoAnswer:  # noqa: C901 - a case each
    """Answer a request. `number` makes ids differ, `now_s` is Unix time."""
    if operation in {Operation.TRANSCRIPTIONS, Operation.TRANSLATIONS}:
        return _json({"text": "This is what the demo provider hears in every file."})
    try:
        request = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return _bad("the body is not valid JSON")
    if not isinstance(request, dict):
        return _bad("the body is not a JSON object")
    match operation:
        case Operation.CHAT:
            return _chat(request, number, now_s)
        case Operation.COMPLETIONS:
            return _completion(request, number, now_s)
        case Operation.RESPONSES:
            return _responses(request, number, now_s)
        case Operation.EMBEDDINGS:
            return _embeddings(request)
        case Operation.MODERATIONS:
            return _json({"id": f"modr-demo{number}", "model": "demo", "results": [_unflagged()]})
        case Operation.RERANK:
            return _rerank(request, number)
        case Operation.SPEECH:
            return DemoAnswer(200, "audio/wav", (_wav(),))
        case _:
            picture = base64.b64encode(_png()).decode()
            return _json({"created": now_s, "data": [{"b64_json": picture}]})


def _chat(request: Json, number: int, now_s: int) -> DemoAnswer:
    messages = request.get("messages")
    if not isinstance(messages, list) or not messages:
        return _bad("messages: expected a list of at least one message", "messages")
    question = _text_of(messages[-1])
    is_after_tool = isinstance(messages[-1], dict) and messages[-1].get("role") == "tool"
    tool = None if is_after_tool else _tool_to_call(request)
    text = "" if tool else _reply(request, question)
    usage = _usage(str(messages), text or str(tool))
    head: Json = {"id": f"chatcmpl-demo{number}", "created": now_s, "model": str(request.get("model"))}
    reason = "tool_calls" if tool else "stop"
    if request.get("stream") is True:
        return _chat_stream(head, text, tool, reason, usage if _wants_usage(request) else None)
    message: Json = {"role": "assistant", "content": text or None, "refusal": None, "annotations": []}
    if tool:
        message["tool_calls"] = [tool]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return _json({**head, "object": "chat.completion", "choices": [choice], "usage": usage})


def _chat_stream(head: Json, text: str, tool: Json | None, reason: str, usage: Json | None) -> DemoAnswer:
    deltas: list[Json] = [{"role": "assistant", "content": None if tool else ""}]
    if tool:
        deltas.append({"tool_calls": [{"index": 0, **tool}]})
    else:
        deltas += [{"content": word} for word in _words(text)]
    frames: list[bytes] = []
    shared: Json = {**head, "object": "chat.completion.chunk"}
    if usage is not None:
        shared["usage"] = None
    frames += [_event({**shared, "choices": [{"index": 0, "delta": d, "finish_reason": None}]}) for d in deltas]
    frames.append(_event({**shared, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
    if usage is not None:
        frames.append(_event({**shared, "choices": [], "usage": usage}))
    return DemoAnswer(200, _SSE, (*frames, b"data: [DONE]\n\n"))


def _completion(request: Json, number: int, now_s: int) -> DemoAnswer:
    prompt = request.get("prompt")
    text = _reply(request, prompt if isinstance(prompt, str) else str(prompt))
    head: Json = {"id": f"cmpl-demo{number}", "created": now_s, "model": str(request.get("model"))}
    head["object"] = "text_completion"
    usage = _usage(str(prompt), text)

    def choice(piece: str, reason: str | None) -> list[Json]:
        return [{"index": 0, "text": piece, "logprobs": None, "finish_reason": reason}]

    if request.get("stream") is not True:
        return _json({**head, "choices": choice(text, "stop"), "usage": usage})
    frames = [_event({**head, "choices": choice(word, None)}) for word in _words(text)]
    frames.append(_event({**head, "choices": choice("", "stop")}))
    if _wants_usage(request):
        frames.append(_event({**head, "choices": [], "usage": usage}))
    return DemoAnswer(200, _SSE, (*frames, b"data: [DONE]\n\n"))


def _responses(request: Json, number: int, now_s: int) -> DemoAnswer:
    given = request.get("input")
    last = given[-1] if isinstance(given, list) and given else given
    text = _reply(request, last if isinstance(last, str) else _text_of(last))
    usage = _usage(str(given), text)
    document = responses_object(str(request.get("model")), number, now_s, text, usage)
    if request.get("stream") is not True:
        return _json(document)
    frames = [
        b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(event))
        for name, event in responses_events(document, _words(text))
    ]
    return DemoAnswer(200, _SSE, tuple(frames))


def _embeddings(request: Json) -> DemoAnswer:
    given = request.get("input")
    texts = given if isinstance(given, list) else [given]
    wanted = request.get("dimensions", _DIMENSIONS)
    if not isinstance(wanted, int) or not 1 <= wanted <= _MOST_DIMENSIONS:
        return _bad(f"dimensions: expected a whole number from 1 to {_MOST_DIMENSIONS}", "dimensions")
    data: list[Json] = []
    for index, text in enumerate(texts):
        vector = _vector(str(text), wanted)
        packed = request.get("encoding_format") == "base64"
        shown: object = base64.b64encode(struct.pack(f"<{wanted}f", *vector)).decode() if packed else vector
        data.append({"object": "embedding", "index": index, "embedding": shown})
    tokens = sum(_tokens(str(text)) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _json({"object": "list", "data": data, "model": str(request.get("model")), "usage": usage})


def _rerank(request: Json, number: int) -> DemoAnswer:
    documents = request.get("documents")
    if not isinstance(documents, list):
        return _bad("documents: expected a list", "documents")
    query = set(str(request.get("query")).lower().split())
    scored = [
        (len(query & set(str(text).lower().split())) / max(len(query), 1), index)
        for index, text in enumerate(documents)
    ]
    results = [
        {"index": index, "relevance_score": score} for score, index in sorted(scored, key=lambda p: (-p[0], p[1]))
    ]
    return _json({"id": f"rerank-demo{number}", "results": results})


def _reply(request: Json, question: str) -> str:
    form = request.get("response_format")
    if isinstance(form, dict) and form.get("type") == "json_object":
        return '{"answer":"from the demo provider"}'
    if isinstance(form, dict) and form.get("type") == "json_schema":
        inner = form.get("json_schema")
        schema = inner.get("schema") if isinstance(inner, dict) else None
        return msgspec.json.encode(_example(schema)).decode()
    model = str(request.get("model"))
    if model.endswith("echo"):
        return question
    return (
        f"Hello from Narrowgate's demo provider! You asked: “{question[:_MOST_ECHO]}” "
        "I am no model, only a stand-in, so that a first call works without an account. "
        "Set OPENAI_API_KEY (or another provider's key) and start the gateway again for real answers."
    )


def _tool_to_call(request: Json) -> Json | None:
    """Return a call of the first tool (or the forced one) with example arguments."""
    tools = request.get("tools")
    choice = request.get("tool_choice")
    if not isinstance(tools, list) or choice == "none":
        return None
    forced = choice.get("function") if isinstance(choice, dict) else None
    for tool in tools:
        function = tool.get("function") if isinstance(tool, dict) else None
        if isinstance(function, dict) and (not isinstance(forced, dict) or forced.get("name") == function.get("name")):
            arguments = msgspec.json.encode(_example(function.get("parameters"))).decode()
            call = {"name": function.get("name"), "arguments": arguments}
            return {"id": "call_demo", "type": "function", "function": call}
    return None


def _example(schema: object) -> object:
    """Return a value that fits a JSON schema, by its simple keywords."""
    if not isinstance(schema, dict):
        return {}
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    options = schema.get("anyOf")
    if isinstance(options, list) and options:
        return _example(options[0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties")
        return {name: _example(inner) for name, inner in properties.items()} if isinstance(properties, dict) else {}
    if kind == "array":
        return [_example(schema.get("items"))]
    examples: dict[object, object] = {"string": "demo", "integer": 1, "number": 1.5, "boolean": True}
    return examples.get(kind)


def _text_of(message: object) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _wants_usage(request: Json) -> bool:
    options = request.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def _words(text: str) -> list[str]:
    """Cut text into words, each with the space before it; joined they are the text."""
    words = text.split(" ")
    return [words[0], *(f" {word}" for word in words[1:])]


def _tokens(text: str) -> int:
    return len(text) // 4 + 1


def _usage(question: str, reply: str) -> Json:
    into, out = _tokens(question), _tokens(reply)
    return {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}


def _vector(text: str, dimensions: int) -> list[float]:
    """Return a unit vector that depends on the text alone."""
    data = hashlib.shake_256(text.encode()).digest(2 * dimensions)
    raw = [value / 32_768 for value in struct.unpack(f"<{dimensions}h", data)]
    length = sum(value * value for value in raw) ** 0.5 or 1.0
    return [value / length for value in raw]


def _unflagged() -> Json:
    names = ("harassment", "hate", "self-harm", "sexual", "violence")
    return {
        "flagged": False,
        "categories": dict.fromkeys(names, False),
        "category_scores": dict.fromkeys(names, 0.0),
        "category_applied_input_types": {name: ["text"] for name in names},
    }


def _wav() -> bytes:
    """Return a tenth of a second of silence: 8 kHz, 8 bits, mono."""
    sound = b"\x80" * 800
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(sound),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        8000,
        8000,
        1,
        8,
        b"data",
        len(sound),
    )
    return head + sound


def _png() -> bytes:
    """Return a picture of one grey pixel."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"\x00\x80")) + part(b"IEND", b"")


def _event(document: Json) -> bytes:
    return b"data: " + msgspec.json.encode(document) + b"\n\n"


def _json(document: object) -> DemoAnswer:
    return DemoAnswer(200, _JSON, (msgspec.json.encode(document),))


def _bad(message: str, param: str | None = None) -> DemoAnswer:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    return DemoAnswer(400, _JSON, (msgspec.json.encode({"error": error}),))
