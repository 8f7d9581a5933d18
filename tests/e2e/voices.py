"""What a provider says in one form: an answer of sixty words, whole and as a stream, and its errors."""

import json
from typing import Protocol

from tests.e2e.provider import Link

WORDS = [f"word{number} " for number in range(60)]
TEXT = "".join(WORDS)


class Voice(Protocol):
    """One form, for provider and client."""

    kind: str
    path: str

    def ask(self, model: str, *, stream: bool, **more: object) -> dict[str, object]:
        """Return a request."""

    def whole(self, link: Link, model: str) -> None:
        """Answer at once."""

    def events(self, model: str) -> list[bytes]:
        """Return the events of a stream, one a word and what is around them; the end mark last."""

    def error(self, link: Link, status: int, code: str, words: str, headers: bytes = b"") -> None:
        """Answer with an error."""

    def text_of(self, body: bytes, *, stream: bool) -> str:
        """Return the text of an answer."""

    def model_of(self, body: bytes, *, stream: bool) -> str:
        """Return the model an answer names."""

    def is_complete(self, body: bytes, *, stream: bool) -> bool:
        """Whether an answer says that it is whole."""


def datas(body: bytes) -> list[dict[str, object]]:
    """Return the JSON of every event of a stream."""
    found = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(one) for one in found if one.strip() != b"[DONE]"]


def _event(name: str, document: dict[str, object]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), json.dumps({"type": name, **document}).encode())


class OpenAI:
    """Chat completions."""

    kind = "openai"
    path = "/v1/chat/completions"

    def ask(self, model: str, *, stream: bool, **more: object) -> dict[str, object]:
        messages = [{"role": "user", "content": "sixty words, please"}]
        options: dict[str, object] = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
        return {"model": model, "messages": messages, **options, **more}

    def whole(self, link: Link, model: str) -> None:
        message = {"role": "assistant", "content": TEXT}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 10, "completion_tokens": 60, "total_tokens": 70}
        link.json({"id": "c", "object": "chat.completion", "model": model, "choices": [choice], "usage": usage})

    def events(self, model: str) -> list[bytes]:
        def chunk(delta: dict[str, object], finish: str | None = None, **more: object) -> bytes:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            body = {"id": f"c-{model}", "object": "chat.completion.chunk", "created": 1, "model": model}
            return b"data: %b\n\n" % json.dumps({**body, "choices": [choice], **more}).encode()

        usage = {"prompt_tokens": 10, "completion_tokens": 60, "total_tokens": 70}
        last = b"data: %b\n\n" % json.dumps({"id": "c", "model": model, "choices": [], "usage": usage}).encode()
        words = [chunk({"content": word}) for word in WORDS]
        return [chunk({"role": "assistant", "content": ""}), *words, chunk({}, "stop"), last, b"data: [DONE]\n\n"]

    def error(self, link: Link, status: int, code: str, words: str, headers: bytes = b"") -> None:
        link.json({"error": {"message": words, "type": "some_error", "code": code}}, status, headers)

    def text_of(self, body: bytes, *, stream: bool) -> str:
        if not stream:
            return str(json.loads(body)["choices"][0]["message"]["content"])
        choices = [choice for one in datas(body) for choice in one.get("choices", [])]  # type: ignore[attr-defined]
        return "".join(choice["delta"].get("content") or "" for choice in choices)

    def model_of(self, body: bytes, *, stream: bool) -> str:
        return str((datas(body)[0] if stream else json.loads(body))["model"])

    def is_complete(self, body: bytes, *, stream: bool) -> bool:
        if not stream:
            return "choices" in json.loads(body)
        return b'"finish_reason":"stop"' in body.replace(b": ", b":") and b'"error"' not in body


class Anthropic:
    """Messages."""

    kind = "anthropic"
    path = "/v1/messages"

    def ask(self, model: str, *, stream: bool, **more: object) -> dict[str, object]:
        messages = [{"role": "user", "content": "sixty words, please"}]
        return {"model": model, "max_tokens": 100, "messages": messages, "stream": stream, **more}

    def whole(self, link: Link, model: str) -> None:
        usage = {"input_tokens": 10, "output_tokens": 60}
        more = {"content": [{"type": "text", "text": TEXT}], "stop_reason": "end_turn", "usage": usage}
        link.json({"id": "msg", "type": "message", "role": "assistant", "model": model, **more})

    def events(self, model: str) -> list[bytes]:
        usage = {"input_tokens": 10, "output_tokens": 1}
        message = {"id": "msg", "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}
        block = {"index": 0, "content_block": {"type": "text", "text": ""}}
        words = [
            _event("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": word}}) for word in WORDS
        ]
        done = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 60}}
        return [
            _event("message_start", {"message": message}) + _event("content_block_start", block),
            *words,
            _event("content_block_stop", {"index": 0}),
            _event("message_delta", done),
            _event("message_stop", {}),
        ]

    def error(self, link: Link, status: int, code: str, words: str, headers: bytes = b"") -> None:
        link.json({"type": "error", "error": {"type": code, "message": words}}, status, headers)

    def text_of(self, body: bytes, *, stream: bool) -> str:
        if not stream:
            return str(json.loads(body)["content"][0]["text"])
        deltas = [one["delta"] for one in datas(body) if one["type"] == "content_block_delta"]
        return "".join(delta["text"] for delta in deltas)  # type: ignore[index]

    def model_of(self, body: bytes, *, stream: bool) -> str:
        first = datas(body)[0]["message"] if stream else json.loads(body)
        return str(first["model"])  # type: ignore[index]

    def is_complete(self, body: bytes, *, stream: bool) -> bool:
        return b'"message_stop"' in body and b'"error"' not in body if stream else "content" in json.loads(body)
