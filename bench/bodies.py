"""The request bodies of the scenarios, written to files for the load generators."""

import json
from pathlib import Path

_CODE = "def f(x):\n    \"quoted\\path\"\treturn {'k': x} # é — 中文\n" * 28


def write(kind: str, model: str, folder: Path) -> Path:
    """Write the body of `kind` (chat, agent or stream) that asks for `model`; return its file."""
    body = {"chat": _chat, "agent": _agent, "stream": _stream}[kind](model)
    file = folder / f"{kind}.json"
    file.write_text(json.dumps(body, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return file


def _chat(model: str) -> dict[str, object]:
    """A small call, about 200 bytes."""
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "Say hello in one short sentence."},
        ],
        "temperature": 0.7,
        "max_tokens": 128,
    }


def _stream(model: str) -> dict[str, object]:
    return {**_chat(model), "stream": True}


def _agent(model: str) -> dict[str, object]:
    """A coding agent's call well into its work: 60 messages and 12 tools, about 120 KB.

    The text has quotes, control characters and characters beyond ASCII.
    """
    messages = [{"role": "system", "content": "You are a coding agent. " + _CODE}]
    for _ in range(29):
        messages.append({"role": "user", "content": _CODE[:1500]})
        messages.append({"role": "assistant", "content": _CODE[:1700]})
    messages.append({"role": "user", "content": "go"})
    return {"model": model, "messages": messages, "tools": [_tool(number) for number in range(12)]}


def _tool(number: int) -> dict[str, object]:
    properties = {f"p{index}": {"type": "string", "description": "x" * 40} for index in range(6)}
    return {
        "type": "function",
        "function": {
            "name": f"tool_{number}",
            "description": "d" * 200,
            "parameters": {"type": "object", "properties": properties, "required": ["p0"]},
        },
    }
