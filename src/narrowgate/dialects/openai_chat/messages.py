"""Read the messages of a request: a tool's message becomes a part of a user's message."""

from collections.abc import Iterable

import msgspec

from narrowgate.dialects.openai_chat.parts import content_of
from narrowgate.dialects.openai_chat.reading import bad, read_at
from narrowgate.dialects.openai_chat.tools import mark_of
from narrowgate.model.conversation import (
    Citation,
    Extension,
    Foreign,
    Form,
    Message,
    Part,
    Refusal,
    Role,
    Seal,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.model.seals import seal_of, split_id
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas.reading import given

_MESSAGE = msgspec.json.Decoder(wire.Message)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_KNOWN = frozenset(wire.Message.__struct_fields__)
_HINTS = frozenset({"prefix", "channel", "provider_specific_fields", "id", "token_id"})
_ROLES = "system, developer, user, assistant, tool"


class MessageReader:
    """Reads messages in order; members only some providers know go to `extensions`."""

    def __init__(self, extensions: list[Extension]) -> None:
        self._extensions = extensions
        self._latest: dict[str, str] = {}  # the id of the latest legacy call of each function

    def message(self, index: int, raw: msgspec.Raw) -> Message:
        """Return the message at `index`.

        Raises:
            Failed: it is no message.
        """
        where = f"messages[{index}]"
        said = read_at(_MESSAGE, raw, where)
        for name, value in read_at(_MEMBERS, raw, where).items():
            if name not in _KNOWN and bytes(value) != b"null":
                self._extensions.append(Extension(f"{where}.{name}", value, is_hint=name in _HINTS))
        match said.role:
            case "system" | "developer":
                parts = self._content(said, where)
                return Message(Role.SYSTEM, parts, said.name, said.role == "developer")
            case "user":
                return Message(Role.USER, self._content(said, where), said.name)
            case "assistant":
                return Message(Role.ASSISTANT, tuple(self._assistant(index, said, where)), said.name)
            case "tool":
                return Message(Role.USER, (self._result(said, where),))
            case "function":  # before there were tools
                identity = self._latest.get(said.name or "", said.name or "")
                return Message(Role.USER, (ToolResult(identity, self._content(said, where, ""), said.name),))
            case None:
                raise bad(f"{where}.role", f"is missing; say one of {_ROLES}")
            case other:
                raise bad(f"{where}.role", f"'{other[:40]}' is not one of {_ROLES}")

    def _content(self, said: wire.Message, where: str, place: str = "parts") -> tuple[Part, ...]:
        parts = content_of(said.content, where, place, self._extensions)
        if said.cache_control is not None and place and parts:
            last = parts[-1]
            if not isinstance(last, Thought | Refusal | Foreign):
                parts = (*parts[:-1], msgspec.structs.replace(last, cache=mark_of(said.cache_control)))
        return parts

    def _result(self, said: wire.Message, where: str) -> ToolResult:
        if not said.tool_call_id:
            raise bad(f"{where}.tool_call_id", "is missing; name the call this is the result of")
        identity, _ = split_id(said.tool_call_id)
        content = content_of(said.content, where, "parts[0].content", self._extensions)
        if said.content == "":
            content = ()
        return ToolResult(identity, content, said.name, cache=mark_of(said.cache_control))

    def _assistant(self, index: int, said: wire.Message, where: str) -> Iterable[Part]:
        yield from _thoughts(said)
        if said.content != "" or not (said.tool_calls or said.function_call or said.refusal):
            content = self._content(said, where)
            if said.annotations and content and isinstance(content[-1], Text):
                citations = tuple(Citation(Form.OPENAI_CHAT, raw) for raw in said.annotations)
                content = (*content[:-1], msgspec.structs.replace(content[-1], citations=citations))
            yield from content
        if isinstance(said.refusal, str) and said.refusal:
            yield Refusal(said.refusal)
        audio = given(said.audio)
        if audio is not None:
            yield Foreign(Form.OPENAI_CHAT, "audio", audio)
        for number, call in enumerate(said.tool_calls or ()):
            yield _call(call, f"{where}.tool_calls[{number}]")
        if said.function_call is not None:
            identity = f"call_{index}"
            name = said.function_call.name or ""
            self._latest[name] = identity
            yield ToolCall(identity, name, _arguments(said.function_call.arguments, f"{where}.function_call"))


def _call(call: wire.ToolCall, where: str) -> ToolCall:
    if call.id is None or call.id == "":
        raise bad(f"{where}.id", "is missing; send the id the call came with")
    identity, seal = split_id(str(call.id))
    extra = call.extra_content
    if extra is not None and extra.google is not None and extra.google.thought_signature:
        seal = seal_of(extra.google.thought_signature, Form.GEMINI_GENERATE)
    if call.custom is not None:
        text = call.custom.input if isinstance(call.custom.input, str) else ""
        return ToolCall(identity, call.custom.name or "", text, is_custom=True, seal=seal)
    if call.function is None or not call.function.name:
        raise bad(f"{where}.function.name", "is missing; name the function that was called")
    return ToolCall(identity, call.function.name, _arguments(call.function.arguments, f"{where}.function"), seal=seal)


def _arguments(raw: msgspec.Raw | msgspec.UnsetType, where: str) -> str:
    if isinstance(raw, msgspec.UnsetType):
        return ""
    if bytes(raw).startswith(b'"'):
        return read_at(_TEXT, raw, f"{where}.arguments")
    return "" if bytes(raw) == b"null" else bytes(raw).decode()


def _thoughts(said: wire.Message) -> Iterable[Thought]:
    """Yield the reasoning sent back, from the member that carries seals if there is one."""
    if said.thinking_blocks:
        for block in said.thinking_blocks:
            is_redacted = block.type == "redacted_thinking"
            sealed = block.data if is_redacted else block.signature
            seal = seal_of(sealed, Form.ANTHROPIC_MESSAGES) if sealed else None
            yield Thought("" if is_redacted else block.thinking or "", seal, is_redacted)
        return
    text = said.reasoning_content or said.reasoning
    if said.reasoning_details:
        # The details of a stream may have come without the words, which stand beside them.
        if text and not any(detail.text or detail.summary for detail in said.reasoning_details):
            spoken = next((detail for detail in said.reasoning_details if detail.data is None), None)
            if spoken is None:
                yield Thought(text)
            elif spoken.type == "reasoning.summary":
                spoken.summary = text
            else:
                spoken.text = text
        for detail in said.reasoning_details:
            kept = msgspec.structs.replace(detail, text=None, summary=None)
            data = msgspec.json.encode(kept).decode()
            is_sealed = bool(detail.signature or detail.data)
            seal = Seal(Form.OPENAI_CHAT, data, detail.id) if is_sealed else None
            is_summary = detail.type == "reasoning.summary"
            yield Thought(detail.text or detail.summary or "", seal, detail.data is not None, is_summary)
        return
    if text:
        yield Thought(text)
