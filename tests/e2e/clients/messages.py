"""The scripted model in Anthropic's form. Source: https://docs.anthropic.com/en/api/messages (read 2026-11)."""

import base64
import json

from tests.e2e.clients.scene import Asked, Refused, Say, Tool, check_seal, cut, name_of, seal
from tests.e2e.provider import Link


def read(body: bytes) -> Asked:
    """Read a request; refuse one that the real API would."""
    sent = json.loads(body)
    _check_thoughts(sent)
    asked = Asked(id=name_of(body), model=sent["model"], is_stream=sent.get("stream", False))
    thinking = (sent.get("thinking") or {}).get("type", "disabled")
    asked.is_thinking = thinking != "disabled"
    asked.tools = [Tool(one["name"], one["input_schema"]) for one in sent.get("tools", []) if "input_schema" in one]
    choice = sent.get("tool_choice") or {"type": "auto"}
    asked.forced = {"any": "*", "tool": choice.get("name", "")}.get(choice["type"], "")
    if asked.forced and thinking == "enabled":
        raise Refused("Thinking may not be enabled when tool_choice forces tool use.")
    asked.schema = ((sent.get("output_config") or {}).get("format") or sent.get("output_format") or {}).get("schema")
    system = sent.get("system") or []
    asked.text = system if isinstance(system, str) else "\n".join(block["text"] for block in system)
    waiting: list[str] = []
    for message in sent["messages"]:
        content = message["content"]
        blocks = json.loads(json.dumps([{"type": "text", "text": content}])) if isinstance(content, str) else content
        if message["role"] == "assistant":
            waiting = _read_own(blocks)
            continue
        results = [block for block in blocks if block["type"] == "tool_result"]
        if message["role"] == "user" and sorted(waiting) != sorted(block["tool_use_id"] for block in results):
            raise Refused("messages: `tool_use` ids were found without `tool_result` blocks immediately after")
        waiting = [] if message["role"] == "user" else waiting
        if message["role"] == "user":
            asked.results = [_text(block["content"]) for block in results]
        asked.hear("\n".join(block["text"] for block in blocks if block["type"] == "text"), message["role"])
        asked.pictures += [_picture(block["source"]) for block in blocks if block["type"] == "image"]
    return asked


def write(link: Link, asked: Asked, say: Say) -> None:
    """Answer."""
    blocks: list[dict[str, object]] = []
    if say.thought:
        blocks.append({"type": "thinking", "thinking": say.thought, "signature": seal(say.thought)})
    if say.text:
        blocks.append({"type": "text", "text": say.text})
    blocks += [{"type": "tool_use", "id": one.id, "name": one.name, "input": one.arguments} for one in say.calls]
    stop = "tool_use" if say.calls else "end_turn"
    usage = {"input_tokens": 20, "output_tokens": 10, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 0}
    message = {
        "id": f"msg_{asked.id}",
        "type": "message",
        "role": "assistant",
        "model": asked.model,
        "stop_sequence": None,
    }
    if not asked.is_stream:
        link.json({**message, "content": blocks, "stop_reason": stop, "usage": usage})
        return
    link.begin_stream()
    start: dict[str, object] = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    _event(link, "message_start", message=start)
    for index, block in enumerate(blocks):
        empty: dict[str, object] = {
            **block,
            **{name: "" for name in ("thinking", "signature", "text") if name in block},
        }
        empty |= {"input": {}} if "input" in block else {}
        _event(link, "content_block_start", index=index, content_block=empty)
        for delta in _deltas(block):
            _event(link, "content_block_delta", index=index, delta=delta)
        _event(link, "content_block_stop", index=index)
        _event(link, "ping")
    _event(link, "message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage=usage)
    _event(link, "message_stop")
    link.end_stream()


def refuse(link: Link, why: str) -> None:
    """Answer with an error."""
    link.json({"type": "error", "error": {"type": "invalid_request_error", "message": why}}, 400)


def _check_thoughts(sent: dict[str, object]) -> None:
    """Refuse a last turn of the model's that calls a tool without a thought, unless it thinks as it likes."""
    thinking, talk = sent.get("thinking"), sent["messages"]
    assert isinstance(talk, list)
    last = next((one["content"] for one in reversed(talk) if one["role"] == "assistant"), "")
    if not isinstance(thinking, dict) or thinking["type"] != "enabled" or isinstance(last, str):
        return
    if any(block["type"] == "tool_use" for block in last) and last[0]["type"] != "thinking":
        raise Refused("messages: expected `thinking`, but found `tool_use`; a final assistant message must start so")


def _read_own(blocks: list[dict[str, object]]) -> list[str]:
    for block in blocks:
        if block["type"] == "thinking":
            check_seal(str(block["thinking"]), str(block["signature"]))
    return [str(block["id"]) for block in blocks if block["type"] == "tool_use"]


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    assert isinstance(content, list)
    return "".join(block["text"] for block in content if block["type"] == "text")


def _picture(source: dict[str, str]) -> str:
    return f"{source['media_type']} of {len(base64.b64decode(source['data'], validate=True))} bytes"


def _deltas(block: dict[str, object]) -> list[dict[str, str]]:
    match block["type"]:
        case "thinking":
            thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in cut(str(block["thinking"]))]
            return [*thoughts, {"type": "signature_delta", "signature": str(block["signature"])}]
        case "text":
            return [{"type": "text_delta", "text": piece} for piece in cut(str(block["text"]))]
        case _:
            return [{"type": "input_json_delta", "partial_json": piece} for piece in cut(json.dumps(block["input"]))]


def _event(link: Link, name: str, **document: object) -> None:
    link.chunk(b"event: %b\ndata: %b\n\n" % (name.encode(), json.dumps({"type": name, **document}).encode()))
