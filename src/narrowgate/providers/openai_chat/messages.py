"""Write the messages of a request: tool results become messages of their own, reasoning goes where it is taken."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain, groupby

import msgspec

from narrowgate.model.conversation import (
    Foreign,
    Form,
    Image,
    Message,
    Part,
    Refusal,
    Request,
    Role,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.losses import Losses, Members
from narrowgate.providers.openai_chat.parts import PartWriter
from narrowgate.providers.openai_chat.thoughts import write_thoughts
from narrowgate.schemas import openai_chat as wire

_ENCODER = msgspec.json.Encoder()


class MessageWriter:
    """Writes the messages of one request."""

    def __init__(self, request: Request, quirks: Quirks, losses: Losses, members: Members) -> None:
        self._request = request
        self._quirks = quirks
        self._losses = losses
        self._members = members
        self._is_own = request.form is Form.OPENAI_CHAT
        self._parts = PartWriter(quirks, losses, is_own=self._is_own)
        self._out: list[msgspec.Raw] = []
        # Pictures of tool results: only a user's message can hold them, and only behind all the results.
        self._later: list[msgspec.Raw] = []

    def write(self) -> list[msgspec.Raw]:
        """Return the messages in the provider's form."""
        for index, message in self._turns():
            where = f"messages[{index}]"
            match message.role:
                case Role.SYSTEM:
                    role = "developer" if message.is_developer and self._quirks.has_developer else "system"
                    self._speak(message, role, list(enumerate(message.parts)), where)
                case Role.USER:
                    self._user(message, where)
                case Role.ASSISTANT:
                    self._assistant(message, where)
        self._show_pictures()
        return self._out

    def _turns(self) -> Iterator[tuple[int, Message]]:
        """Yield what is said, with its number. What the model said in pieces is one: results must follow its calls.

        Google's SDK keeps each chunk of a stream as a message.
        """
        numbered = enumerate(self._request.messages)
        if self._is_own:
            yield from numbered
            return
        for role, run in groupby(numbered, key=lambda pair: pair[1].role):
            (index, first), *others = run
            if role is Role.ASSISTANT and others:
                parts = (first.parts, *(message.parts for _, message in others))
                yield index, msgspec.structs.replace(first, parts=tuple(chain.from_iterable(parts)))
                continue
            yield from ((index, first), *others)

    def _user(self, message: Message, where: str) -> None:
        others: list[tuple[int, Part]] = []
        has_results = False
        for index, part in enumerate(message.parts):
            if isinstance(part, ToolResult):
                self._result(part, f"{where}.parts[{index}]", where)
                has_results = True
            else:
                others.append((index, part))
        if others or not has_results:
            self._speak(message, "user", others, where)

    def _speak(self, message: Message, role: str, parts: list[tuple[int, Part]], where: str) -> None:
        if role != "user":
            self._show_pictures()
        later, self._later = self._later, []
        content = self._content(parts, where)
        if later:
            texts = [_text_part(content)] if isinstance(content, str) else content
            content = [*later, *texts]
        self._add(wire.Message(role, content, name=message.name), where)

    def _result(self, part: ToolResult, what: str, where: str) -> None:
        if part.is_error:
            self._losses.note(f"{what}.is_error", "a result says in its words whether it is an error", is_hint=True)
        shown: list[tuple[int, Part]] = []
        for index, piece in enumerate(part.content):
            if isinstance(piece, Text) or self._is_own:
                shown.append((index, piece))
                continue
            written = self._parts.write(piece, f"{what}.content[{index}]")
            if written is not None:
                self._later.append(msgspec.Raw(written))
        if not self._is_own and all(isinstance(piece, Text) for _, piece in shown):
            content: str | list[msgspec.Raw] = "\n".join(piece.text for _, piece in shown if isinstance(piece, Text))
        else:
            content = self._content(shown, what, "content")
        message = wire.Message(
            "tool",
            content,
            name=part.name if self._is_own else None,
            tool_call_id=self._call_id(part.call_id),
            cache_control=self._parts.mark(part.cache, what),
        )
        self._add(message, where)

    def _assistant(self, message: Message, where: str) -> None:
        self._show_pictures()
        written = wire.Message("assistant", name=message.name)
        said: list[tuple[int, Part]] = []
        thoughts: list[tuple[str, Thought]] = []
        calls: list[wire.ToolCall] = []
        for index, part in enumerate(message.parts):
            what = f"{where}.parts[{index}]"
            match part:
                case Thought():
                    thoughts.append((what, part))
                case ToolCall():
                    calls.append(self._call(part, what))
                case Refusal():
                    earlier = written.refusal if isinstance(written.refusal, str) else ""
                    written.refusal = earlier + part.text
                case Foreign(Form.OPENAI_CHAT, "audio"):
                    written.audio = part.raw
                case Image() if not self._is_own:
                    self._losses.note(what, "an answer of the model can hold no pictures when it is sent back")
                case _:
                    said.append((index, part))
        pieces = write_thoughts(thoughts, written, self._quirks.thinking_field, self._losses)
        content = self._content(said, where)
        if pieces:
            written.content = [*pieces, *([_text_part(content)] if isinstance(content, str) else content)]
        elif content or said:
            written.content = content
        else:
            written.content = None if calls or written.refusal or written.audio is not msgspec.UNSET else ""
        written.tool_calls = calls or None
        self._add(written, where)

    def _call(self, part: ToolCall, what: str) -> wire.ToolCall:
        self._parts.mark(part.cache, what)
        written = wire.ToolCall(id=self._call_id(part.id))
        if part.is_custom:
            written.type, written.custom = "custom", wire.CustomCall(part.name, part.arguments)
        else:
            arguments = part.arguments if self._is_own else part.arguments or "{}"
            written.type = "function"
            written.function = wire.Function(part.name, msgspec.Raw(_ENCODER.encode(arguments)))
        if part.seal is None:
            return written
        if part.seal.form is Form.GEMINI_GENERATE and self._quirks.has_call_seals:
            written.extra_content = wire.ExtraContent(wire.GoogleExtra(part.seal.data))
        else:
            self._losses.note(f"{what}.seal", "it is another provider's", is_hint=True)
        return written

    def _content(self, parts: list[tuple[int, Part]], where: str, among: str = "parts") -> str | list[msgspec.Raw]:
        """Return content as text where it is one text and nothing else, else as a list."""
        texts = [part.text for _, part in parts if isinstance(part, Text)]
        is_text = len(texts) == len(parts)
        if is_text and (len(parts) < 2 or self._quirks.is_text_joined):
            written = [self._parts.write(part, f"{where}.{among}[{index}]") for index, part in parts]
            if not any(text and b'"cache_control"' in text for text in written):
                return "\n\n".join(texts)
            return self._placed(zip(parts, written, strict=True), where, among)
        written = [self._parts.write(part, f"{where}.{among}[{index}]") for index, part in parts]
        return self._placed(zip(parts, written, strict=True), where, among)

    def _placed(
        self, written: Iterable[tuple[tuple[int, Part], bytes | None]], where: str, among: str
    ) -> list[msgspec.Raw]:
        return [
            self._members.joined(f"{where}.{among}[{index}]", text) for (index, _), text in written if text is not None
        ]

    def _add(self, message: wire.Message, where: str) -> None:
        self._out.append(self._members.joined(where, _ENCODER.encode(message)))

    def _show_pictures(self) -> None:
        if self._later:
            self._out.append(msgspec.Raw(_ENCODER.encode(wire.Message("user", self._later))))
            self._later = []

    def _call_id(self, identity: str) -> str:
        """Return an id as short as the provider wants, the same for a call and its result."""
        longest = self._quirks.longest_call_id
        if len(identity) <= longest:
            return identity
        return hashlib.sha256(identity.encode()).hexdigest()[:longest]


def _text_part(text: str) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(wire.ContentPart("text", text=text)))
