"""The scripted model in OpenAI's newer form.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

import json
from types import MappingProxyType

from tests.e2e.clients.chat import picture
from tests.e2e.clients.scene import Asked, Refused, Say, Tool, cut, name_of, seal
from tests.e2e.provider import Link

_FREE = MappingProxyType({"properties": {"input": {"type": "string"}}, "required": ["input"]})
_Item = dict[str, object]


def read(body: bytes) -> Asked:
    """Read a request; refuse one that the real API would."""
    sent = json.loads(body)
    asked = Asked(id=name_of(body), model=sent["model"], is_stream=sent.get("stream", False))
    asked.text = sent.get("instructions") or ""
    asked.is_thinking = "reasoning.encrypted_content" in (sent.get("include") or [])
    items = sent["input"]
    items = [{"role": "user", "content": items}] if isinstance(items, str) else items
    _read_tools(asked, sent.get("tools", []))
    choice = sent.get("tool_choice") or "auto"
    asked.forced = choice["name"] if isinstance(choice, dict) else "*" if choice == "required" else ""
    asked.schema = ((sent.get("text") or {}).get("format") or {}).get("schema")
    before = ""
    for item in items:
        kind = item.get("type", "message")
        match kind:
            case "additional_tools":
                _read_tools(asked, item["tools"])
            case "function_call" | "custom_tool_call":
                if (
                    item.get("id")
                    and asked.is_thinking
                    and before not in {"reasoning", "function_call", "custom_tool_call"}
                ):
                    raise Refused(
                        f"Item '{item.get('id')}' of type 'function_call' was provided without its reasoning."
                    )
                asked.results = []
            case "function_call_output" | "custom_tool_call_output":
                asked.results.append(_text(item["output"]))
            case "reasoning":
                if item.get("encrypted_content") != seal("reasoning"):
                    raise Refused("The encrypted content could not be verified.")
            case "message":
                _read_message(asked, item)
            case _:
                pass
        before = kind
    return asked


def write(link: Link, asked: Asked, say: Say) -> None:
    """Answer."""
    items = _items(asked, say)
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 30,
    }
    response = {
        "id": f"resp_{asked.id}",
        "object": "response",
        "created_at": 1760000000,
        "model": asked.model,
        "error": None,
    }
    response |= {"incomplete_details": None, "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    whole = {**response, "status": "completed", "output": items, "usage": usage}
    if not asked.is_stream:
        link.json(whole)
        return
    number = 0

    def event(kind: str, **document: object) -> None:
        nonlocal number
        data = json.dumps({"type": kind, "sequence_number": number, **document}).encode()
        link.chunk(b"event: %b\ndata: %b\n\n" % (kind.encode(), data))
        number += 1

    link.begin_stream()
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    event("response.created", response=begun)
    event("response.in_progress", response=begun)
    for index, item in enumerate(items):
        where = {"output_index": index, "item_id": item["id"]}
        empty: _Item = {"content": []} if "content" in item else {"summary": []} if "summary" in item else {}
        empty |= {name: "" for name in ("arguments", "input") if name in item}
        event("response.output_item.added", output_index=index, item={**item, "status": "in_progress", **empty})
        match item["type"]:
            case "message":
                part = {"type": "output_text", "text": "", "annotations": []}
                event("response.content_part.added", **where, content_index=0, part=part)
                for piece in cut(say.text):
                    event("response.output_text.delta", **where, content_index=0, delta=piece, logprobs=[])
                event("response.output_text.done", **where, content_index=0, text=say.text, logprobs=[])
                event("response.content_part.done", **where, content_index=0, part={**part, "text": say.text})
            case "function_call":
                arguments = str(item["arguments"])
                for piece in cut(arguments):
                    event("response.function_call_arguments.delta", **where, delta=piece)
                event("response.function_call_arguments.done", **where, arguments=arguments, name=item["name"])
            case "custom_tool_call":
                text = str(item["input"])
                for piece in cut(text):
                    event("response.custom_tool_call_input.delta", **where, delta=piece)
                event("response.custom_tool_call_input.done", **where, input=text)
            case _:
                pass
        event("response.output_item.done", output_index=index, item=item)
    event("response.completed", response=whole)
    link.end_stream()


def _items(asked: Asked, say: Say) -> list[_Item]:
    items: list[_Item] = []
    if say.thought:
        items.append(
            {"type": "reasoning", "id": f"rs_{asked.id}", "summary": [], "encrypted_content": seal("reasoning")}
        )
    if say.text:
        content = [{"type": "output_text", "text": say.text, "annotations": []}]
        items.append(
            {"type": "message", "id": f"m_{asked.id}", "role": "assistant", "status": "completed", "content": content}
        )
    for one in say.calls:
        called: _Item = {"id": f"fc_{one.id}", "status": "completed", "call_id": one.id, "name": one.name}
        called |= {"namespace": one.tool.namespace} if one.tool.namespace else {}
        if one.tool.is_free:
            items.append({"type": "custom_tool_call", "input": one.arguments["input"], **called})
        else:
            items.append({"type": "function_call", "arguments": one.json, **called})
    return items


def _read_tools(asked: Asked, tools: list[dict[str, object]]) -> None:
    for tool in tools:
        group = tool["tools"] if tool["type"] == "namespace" else [tool]
        assert isinstance(group, list)
        name = str(tool["name"]) if tool["type"] == "namespace" else None
        for one in group:
            if one["type"] in {"function", "custom"}:
                is_free = one["type"] == "custom"
                schema = _FREE if is_free else one.get("parameters") or {}
                asked.tools.append(Tool(one["name"], schema, is_free, name))


def _read_message(asked: Asked, item: dict[str, object]) -> None:
    content = item["content"]
    parts = [{"type": "input_text", "text": content}] if isinstance(content, str) else content
    assert isinstance(parts, list)
    if item["role"] == "assistant":
        return
    asked.results = []
    asked.hear("".join(part["text"] for part in parts if part["type"] == "input_text"), str(item["role"]))
    asked.pictures += [picture(part["image_url"]) for part in parts if part["type"] == "input_image"]


def _text(output: object) -> str:
    if isinstance(output, str):
        return output
    assert isinstance(output, list)
    return "".join(part["text"] for part in output if part["type"] == "input_text")
