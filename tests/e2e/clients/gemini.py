"""The scripted model in Google's form. Source: https://ai.google.dev/api/generate-content (read 2026-11)."""

import base64
import json
import re

from tests.e2e.clients.scene import ANY_OBJECT, Asked, Refused, Say, Tool, cut, name_of, seal
from tests.e2e.provider import Link

# Members that clients write in either way; names within schemas stay.
_SNAKE = re.compile(
    r'"(?:function_(?:declarations|call|response|calling_config)|allowed_function_names|tool_config|inline_data'
    r"|mime_type|generation_config|system_instruction|thinking_config|include_thoughts|thought_signature"
    r'|response_(?:schema|json_schema|mime_type)|parameters_json_schema)"(?=\s*:)'
)
_STANDARD = str.maketrans("-_", "+/")  # either alphabet is taken here
_NOT_SIGNED = "skip_thought_signature_validator"


def read(body: bytes, path: str) -> Asked:
    """Read a request; refuse one that the real API would."""
    sent = json.loads(_SNAKE.sub(_camel, body.decode()))
    model, _, method = path.partition("?")[0].rpartition("/")[2].partition(":")
    asked = Asked(id=name_of(body), model=model, is_stream=method == "streamGenerateContent")
    settings = sent.get("generationConfig") or {}
    asked.is_thinking = bool((settings.get("thinkingConfig") or {}).get("includeThoughts"))
    asked.schema = settings.get("responseJsonSchema") or settings.get("responseSchema")
    if asked.schema is None and settings.get("responseMimeType") == "application/json":
        asked.schema = ANY_OBJECT
    for tool in sent.get("tools", []):
        for one in tool.get("functionDeclarations", []):
            asked.tools.append(Tool(one["name"], one.get("parametersJsonSchema") or one.get("parameters") or {}))
    calling = (sent.get("toolConfig") or {}).get("functionCallingConfig") or {}
    if calling.get("mode") == "ANY":
        allowed = calling.get("allowedFunctionNames") or ["*"]
        asked.forced = allowed[0] if len(allowed) == 1 else "*"
    asked.text = "\n".join(part.get("text", "") for part in (sent.get("systemInstruction") or {}).get("parts", []))
    for content in sent["contents"]:
        parts = content["parts"]
        if content.get("role") == "model":
            asked.is_unsigned = not _is_signed(parts)
            continue
        results = [part["functionResponse"] for part in parts if "functionResponse" in part]
        asked.results = [_text(one["response"]) for one in results]
        asked.hear("\n".join(part["text"] for part in parts if "text" in part), "user")
        asked.pictures += [_picture(part["inlineData"]) for part in parts if "inlineData" in part]
    return asked


def write(link: Link, asked: Asked, say: Say) -> None:
    """Answer."""
    parts: list[dict[str, object]] = []
    if say.thought:
        parts.append({"text": say.thought, "thought": True})
    if say.text:
        parts += [{"text": piece} for piece in (cut(say.text) if asked.is_stream else [say.text])]
    for at, one in enumerate(say.calls):
        call: dict[str, object] = {"functionCall": {"name": one.name, "args": one.arguments}}
        parts.append(call if at else {**call, "thoughtSignature": seal(one.name)})
    usage = {"promptTokenCount": 20, "candidatesTokenCount": 10, "totalTokenCount": 35, "thoughtsTokenCount": 5}
    if not asked.is_stream:
        link.json(_answer(asked, parts, "STOP") | {"usageMetadata": usage})
        return
    link.begin_stream()
    for part in parts[:-1]:
        _event(link, _answer(asked, [part], None))
    _event(link, _answer(asked, parts[-1:], "STOP") | {"usageMetadata": usage})
    link.end_stream()


def refuse(link: Link, why: str) -> None:
    """Answer with an error."""
    link.json({"error": {"code": 400, "message": why, "status": "INVALID_ARGUMENT"}}, 400)


def _answer(asked: Asked, parts: list[dict[str, object]], finish: str | None) -> dict[str, object]:
    candidate: dict[str, object] = {"content": {"role": "model", "parts": parts}, "index": 0}
    candidate |= {"finishReason": finish} if finish else {}
    return {"candidates": [candidate], "modelVersion": asked.model, "responseId": asked.id}


def _is_signed(parts: list[dict[str, object]]) -> bool:
    calls = [part for part in parts if "functionCall" in part]
    for call in calls[:1]:
        called = call["functionCall"]
        assert isinstance(called, dict)
        if call.get("thoughtSignature") == _NOT_SIGNED:
            return False
        if call.get("thoughtSignature") != seal(called["name"]):
            raise Refused(f"Function call `{called['name']}` is missing a thought_signature in functionCall parts.")
    return True


def _text(response: dict[str, object]) -> str:
    return str(response.get("content") or next(iter(response.values()), ""))  # Vercel's SDK has a name beside it


def _picture(data: dict[str, str]) -> str:
    return f"{data['mimeType']} of {len(base64.b64decode(data['data'].translate(_STANDARD), validate=True))} bytes"


def _camel(found: re.Match[str]) -> str:
    first, *others = found[0].split("_")
    return first + "".join(other.capitalize() for other in others)


def _event(link: Link, document: dict[str, object]) -> None:
    link.chunk(b"data: %b\r\n\r\n" % json.dumps(document).encode())
