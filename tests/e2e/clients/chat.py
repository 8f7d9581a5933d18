"""The scripted model in OpenAI's form. Source: https://platform.openai.com/docs/api-reference/chat (read 2026-11)."""

import base64
import json

from tests.e2e.clients.scene import ANY_OBJECT, Asked, Refused, Say, Tool, cut, name_of
from tests.e2e.provider import Link

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


def read(body: bytes) -> Asked:
    """Read a request; refuse one that the real API would."""
    sent = json.loads(body)
    asked = Asked(id=name_of(body), model=sent["model"], is_stream=sent.get("stream", False))
    asked.is_usage_wanted = bool((sent.get("stream_options") or {}).get("include_usage"))
    for tool in sent.get("tools", []):
        if tool["type"] == "function":
            asked.tools.append(Tool(tool["function"]["name"], tool["function"].get("parameters") or {}))
    choice = sent.get("tool_choice") or "auto"
    asked.forced = choice["function"]["name"] if isinstance(choice, dict) else "*" if choice == "required" else ""
    output = sent.get("response_format") or {}
    asked.schema = (output.get("json_schema") or {}).get("schema")
    if output.get("type") == "json_object":
        asked.schema = ANY_OBJECT
    waiting: list[str] = []
    for message in sent["messages"]:
        if message["role"] not in _ROLES:
            raise Refused(f"Invalid value: '{message['role']}'.")
        content = message.get("content") or ""
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        words = "".join(part["text"] for part in parts if part["type"] == "text")
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                raise Refused("messages with role 'tool' must be a response to a preceding message with 'tool_calls'")
            waiting.remove(message["tool_call_id"])
            asked.results.append(words)
            continue
        if waiting:
            raise Refused("An assistant message with 'tool_calls' must be followed by tool messages")
        asked.results = []
        if message["role"] == "assistant":
            waiting = [call["id"] for call in message.get("tool_calls") or []]
            continue
        asked.hear(words, message["role"])
        asked.pictures += [picture(_url(part["image_url"])) for part in parts if part["type"] == "image_url"]
    return asked


def write(link: Link, asked: Asked, say: Say) -> None:
    """Answer."""
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.json}} for one in say.calls
    ]
    finish = "tool_calls" if calls else "stop"
    usage = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}
    base = {"id": f"chatcmpl-{asked.id}", "created": 1760000000, "model": asked.model}
    if not asked.is_stream:
        message: dict[str, object] = {"role": "assistant", "content": say.text or None, "refusal": None}
        message |= {"tool_calls": calls} if calls else {}
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        link.json({**base, "object": "chat.completion", "choices": [choice], "usage": usage})
        return

    def chunk(delta: dict[str, object], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        _event(link, {**base, "object": "chat.completion.chunk", "choices": [choice]})

    link.begin_stream()
    chunk({"role": "assistant", "content": "" if say.text else None, "refusal": None})
    for piece in cut(say.text):
        chunk({"content": piece})
    for index, one in enumerate(say.calls):
        head = {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": ""}}
        chunk({"tool_calls": [{"index": index, **head}]})
        for piece in cut(one.json):
            chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    chunk({}, finish)
    if asked.is_usage_wanted:
        _event(link, {**base, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    link.chunk(b"data: [DONE]\n\n")
    link.end_stream()


def refuse(link: Link, why: str) -> None:
    """Answer with an error."""
    error = {"message": why, "type": "invalid_request_error", "param": None, "code": None}
    link.json({"error": error}, 400)


def picture(url: str) -> str:
    """Return what is to be seen in a picture that is given as data."""
    head, _, data = url.partition(",")
    return f"{head.removeprefix('data:').removesuffix(';base64')} of {len(base64.b64decode(data, validate=True))} bytes"


def _url(told: str | dict[str, str]) -> str:
    return told if isinstance(told, str) else told["url"]


def _event(link: Link, document: dict[str, object]) -> None:
    link.chunk(b"data: %b\n\n" % json.dumps(document).encode())
