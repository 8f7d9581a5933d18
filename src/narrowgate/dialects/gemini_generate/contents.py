"""The turns of a Gemini conversation.

A signature beside a text or a medium becomes an empty thought behind it; pieces of one thought, as
streams give them and clients hand them back, become one. Calls and results without ids are matched
by name and order.
Source: https://ai.google.dev/api/caching#Content (read 2026-11).
"""

import base64
import binascii

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.dialects.asking import read_part, wrong
from narrowgate.model.conversation import (
    Document,
    Foreign,
    Form,
    Image,
    Message,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.conversation import Part as AnyPart
from narrowgate.schemas.gemini_generate import Blob, Content, FileData, FunctionCall, FunctionResponse, Part
from narrowgate.schemas.gemini_words import given, medium, seal_from, thought_from

_PART = msgspec.json.Decoder(Part)
_CONTENT = msgspec.json.Decoder(Content)
_TEXT = msgspec.json.Decoder(str)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_RESOLUTION = msgspec.json.Decoder(dict[str, str | int])
_ROLES = {"user": Role.USER, "model": Role.ASSISTANT, "function": Role.USER, "tool": Role.USER, "": Role.USER}
_DETAILS: dict[str | int | None, str] = {"MEDIA_RESOLUTION_LOW": "low", "MEDIA_RESOLUTION_HIGH": "high"}
_BESIDE = frozenset({"thought", "thoughtSignature"})
_FORM = Form.GEMINI_GENERATE


def instruction_of(member: Raw | UnsetType) -> Message | None:
    """Return the member `systemInstruction`: a turn without a role that counts, or a text."""
    raw = given(member)
    if raw is None:
        return None
    path = "systemInstruction"
    if bytes(raw)[:1] == b'"':
        return Message(Role.SYSTEM, (Text(read_part(_TEXT, raw, path)),))
    parts = ContentReader().parts(read_part(_CONTENT, raw, path), path)
    return Message(Role.SYSTEM, parts) if parts else None


class ContentReader:
    """Reads the turns of one conversation in their order."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str]] = []
        self._ids: set[str] = set()
        self._made = 0

    def messages(self, contents: list[Content] | Content | None) -> tuple[Message, ...]:
        """Return the turns.

        Raises:
            Failed: BAD_REQUEST; one is not what Google documents, with the path.
        """
        turns = [contents] if isinstance(contents, Content) else contents or []
        found: list[Message] = []
        for number, turn in enumerate(turns):
            role = _ROLES.get(turn.role or "")
            if role is None:
                path = f"contents[{number}].role"
                raise wrong(path, f"'{(turn.role or '')[:40]}' is not one of user, model")
            found.append(Message(role, self.parts(turn, f"contents[{number}]")))
        return tuple(found)

    def parts(self, turn: Content, path: str) -> tuple[AnyPart, ...]:
        """Return the parts of one turn, which stands at `path`."""
        given = turn.parts
        if isinstance(given, dict):
            given = [Raw(msgspec.json.encode(given))]
        found: list[AnyPart] = []
        for number, raw in enumerate(given or ()):
            self._part(raw, f"{path}.parts[{number}]", found)
        return tuple(found)

    def _part(self, raw: Raw, path: str, found: list[AnyPart]) -> None:
        part = read_part(_PART, raw, path)
        signature = part.thought_signature
        if part.function_call is not None:
            found.append(self._call(part.function_call, seal_from(signature) if signature else None, path))
            return
        if part.text is not None and part.thought:
            _think(thought_from(part.text, signature), found)
            return
        made = self._plain(part, raw, path)
        # Clients hand back empty texts that only ended a stream; other providers refuse them.
        if made is not None and made != Text(""):
            found.append(made)
        if signature and not isinstance(made, Foreign):
            if part.thought:
                _think(thought_from("", signature), found)
            else:
                found.append(thought_from("", signature))

    def _plain(self, part: Part, raw: Raw, path: str) -> AnyPart | None:
        if part.text is not None:
            return Text(part.text)
        if part.function_response is not None:
            return self._result(part.function_response, path)
        if isinstance(part.video_metadata, UnsetType) and part.thought is not True:
            made = _medium(part, f"{path}")
            if made is not None:
                return made
        kind = next((name for name in read_part(_MEMBERS, raw, path) if name not in _BESIDE), None)
        return Foreign(_FORM, kind, raw) if kind is not None else None

    def _call(self, call: FunctionCall, seal: Seal | None, path: str) -> ToolCall:
        if not call.name:
            raise wrong(f"{path}.functionCall.name", "a call needs a name")
        identity = call.id or self._identity()
        self._ids.add(identity)
        self._open.append((identity, call.name))
        return ToolCall(identity, call.name, _object_text(call.args, f"{path}.functionCall.args"), seal=seal)

    def _result(self, result: FunctionResponse, path: str) -> ToolResult:
        name = result.name or None
        waiting = next((one for one in self._open if one[0] == result.id), None)
        if waiting is None:
            waiting = next((one for one in self._open if one[1] == name), None)
        if waiting is not None:
            self._open.remove(waiting)
            name = name or waiting[1]
        identity = waiting[0] if waiting is not None else result.id or self._identity()
        text, is_error = _response(result.response, f"{path}.functionResponse.response")
        content: list[AnyPart] = [Text(text)] if text or not result.parts else []
        for number, raw in enumerate(result.parts or ()):
            where = f"{path}.functionResponse.parts[{number}]"
            content.append(
                _medium(read_part(_PART, raw, where), where) or Foreign(_FORM, "functionResponse.parts", raw)
            )
        return ToolResult(identity, tuple(content), name, is_error)

    def _identity(self) -> str:
        while True:
            identity = f"call_{self._made}"
            self._made += 1
            if identity not in self._ids:
                self._ids.add(identity)
                return identity


def _think(thought: Thought, found: list[AnyPart]) -> None:
    before = found[-1] if found else None
    if isinstance(before, Thought) and before.seal is None and not thought.is_redacted:
        found[-1] = msgspec.structs.replace(thought, text=before.text + thought.text)
    elif thought.text or thought.seal is not None:
        found.append(thought)


def _medium(part: Part, path: str) -> AnyPart | None:
    if part.inline_data is not None:
        return _inline(part.inline_data, part, path)
    if part.file_data is not None:
        return _file(part.file_data, part, path)
    return None


def _inline(blob: Blob, part: Part, path: str) -> AnyPart:
    # URL-safe base64 is as good as the other for Google, but for nobody else.
    data, kind = (blob.data or "").translate({45: "+", 95: "/"}), blob.mime_type
    if kind == "text/plain":
        try:
            return Document(text=base64.b64decode(data).decode(), name=blob.display_name)
        except (binascii.Error, ValueError):
            raise wrong(f"{path}.inlineData.data", "the text is not base64 of UTF-8") from None
    return _detailed(medium(Source(data=data, media_type=kind), blob.display_name), part, path)


def _file(file: FileData, part: Part, path: str) -> AnyPart:
    if not file.file_uri:
        raise wrong(f"{path}.fileData.fileUri", "a file needs a URI")
    return _detailed(medium(Source(url=file.file_uri, media_type=file.mime_type), file.display_name), part, path)


def _detailed(made: AnyPart, part: Part, path: str) -> AnyPart:
    resolution = given(part.media_resolution)
    if isinstance(made, Image) and resolution is not None:
        level = read_part(_RESOLUTION, resolution, f"{path}.mediaResolution").get("level")
        return Image(made.source, _DETAILS.get(level))
    return made


def _object_text(member: Raw | UnsetType, path: str) -> str:
    raw = given(member)
    if raw is None:
        return "{}"
    read_part(_MEMBERS, raw, path)
    return bytes(raw).decode()


def _response(raw: Raw | UnsetType, path: str) -> tuple[str, bool]:
    """Return the words of a result and whether it is an error: an object with one known member is a wrapping."""
    text = _object_text(raw, path)
    if text == "{}":
        return "", False
    members = read_part(_MEMBERS, Raw(text.encode()), path)
    if len(members) != 1:
        return text, False
    name, value = next(iter(members.items()))
    is_error = name == "error"
    if name in ("result", "output", "error"):
        if bytes(value)[:1] == b'"':
            return read_part(_TEXT, value, path), is_error
        if name != "result":
            return bytes(value).decode(), is_error
    return text, False
