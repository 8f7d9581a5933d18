"""Write a conversation as Converse wants it: system apart, turns in alternation, results first.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html,
…/API_runtime_ToolUseBlock.html (read 2026-11).
"""

import re
from hashlib import sha256

import msgspec

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    Document,
    Foreign,
    Form,
    Image,
    Inexpressible,
    Part,
    Refusal,
    Request,
    Role,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    Video,
)
from narrowgate.providers.bedrock_converse.media import MediaWriter
from narrowgate.providers.bedrock_converse.models import Traits
from narrowgate.schemas.bedrock_blocks import OWN, block_of, point_of
from narrowgate.schemas.bedrock_converse import Block, ReasoningContent, ReasoningText

_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_LONGEST_ID = 64


class Turn(msgspec.Struct):
    """A message as it is sent."""

    role: str
    content: list[object]


class _Result(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    tool_use_id: str
    content: list[object]
    status: str | None = None


class _Spoken(msgspec.Struct):
    """A turn under way: its blocks, each with the cache point behind it."""

    role: str
    blocks: list[tuple[object, CacheMark | None]]


class ContentWriter:
    """Writes the messages of one request; what has no place is in `lost` afterwards.

    `tools_named` are the tools that calls in the conversation name, in order.
    """

    __slots__ = ("_is_own", "_media", "_request", "_spoken", "_traits", "lost", "system", "tools_named")

    def __init__(self, request: Request, traits: Traits) -> None:
        self._request = request
        self._traits = traits
        self._is_own = request.form is OWN
        self.lost: list[Inexpressible] = []
        self._media = MediaWriter(self.lost, is_own=self._is_own)
        self._spoken: list[_Spoken] = []
        self.system: list[object] = []
        self.tools_named: dict[str, None] = {}

    def write(self) -> list[Turn]:
        """Return the turns; fills `system`, `tools_named` and `lost`."""
        system: list[tuple[object, CacheMark | None]] = []
        for number, message in enumerate(self._request.messages):
            path = f"messages[{number}]"
            blocks = self._blocks(message.parts, f"{path}.parts")
            if message.name is not None:
                self._lose(f"{path}.name", "Converse knows no names of speakers", is_hint=True)
            if message.role is not Role.SYSTEM or (self._is_own and self._spoken):
                self._say(message.role, blocks)
                continue
            if self._spoken and blocks:
                why = "Converse takes system text at the beginning; it was moved there"
                self._lose(f"{path}.role", why, is_hint=True)
            system += blocks
        self.system = self._marked(system)
        return [Turn(turn.role, self._marked(self._in_order(turn))) for turn in self._spoken]

    def cached(self, mark: CacheMark | None, path: str) -> CacheMark | None:
        """Return `mark` if the model can do something with it."""
        if mark is not None and not self._traits.has_cache and not self._is_own:
            self._lose(f"{path}.cache", "the model has no prompt cache", is_hint=True)
            return None
        return mark

    def _say(self, role: Role, blocks: list[tuple[object, CacheMark | None]]) -> None:
        if not blocks:
            return
        if self._spoken and self._spoken[-1].role == role.value and not self._is_own:
            self._spoken[-1].blocks += blocks
        else:
            self._spoken.append(_Spoken(role.value, blocks))

    def _in_order(self, turn: _Spoken) -> list[tuple[object, CacheMark | None]]:
        """A turn must begin with the results the turn before it waits for."""
        if self._is_own:
            return turn.blocks
        return sorted(turn.blocks, key=lambda pair: not _is_result(pair[0]))

    def _marked(self, blocks: list[tuple[object, CacheMark | None]]) -> list[object]:
        out: list[object] = []
        for block, mark in blocks:
            out.append(block)
            if mark is not None:
                out.append(Block(cache_point=point_of(mark)))
        return out

    def _blocks(self, parts: tuple[Part, ...], path: str) -> list[tuple[object, CacheMark | None]]:
        blocks: list[tuple[object, CacheMark | None]] = []
        for at, part in enumerate(parts):
            where = f"{path}[{at}]"
            block = self._block(part, where)
            mark = self.cached(getattr(part, "cache", None), where)
            if block is not None:
                blocks.append((block, mark))
            elif mark is not None and blocks:
                blocks[-1] = (blocks[-1][0], mark)  # the mark of an empty text is one of all before it
        return blocks

    def _block(self, part: Part, path: str) -> object | None:  # noqa: C901 - one case a part
        match part:
            case Text():
                return self._text(part, path)
            case Refusal():
                return block_of(part) if part.text.strip() else None
            case Image():
                return self._media.image(part, path)
            case Audio():
                return self._media.audio(part, path)
            case Video():
                return self._media.video(part, path)
            case Document():
                return self._media.document(part, path)
            case Thought():
                return self._thought(part, path)
            case ToolCall():
                return self._call(part, path)
            case ToolResult():
                return self._result(part, path)
            case Foreign():
                if part.form is OWN:
                    return part.raw
                self._lose(path, f"'{part.kind}' is of {part.form.value} alone")
                return None

    def _text(self, text: Text, path: str) -> object | None:
        if not self._is_own and not text.text.strip():
            if text.text:
                self._lose(path, "Bedrock refuses blank text", is_hint=True)
            return None
        own = tuple(citation for citation in text.citations if citation.form is OWN)
        if len(own) != len(text.citations):
            self._lose(f"{path}.citations", "they are another provider's", is_hint=True)
        return block_of(msgspec.structs.replace(text, citations=own))

    def _thought(self, thought: Thought, path: str) -> object | None:
        seal = thought.seal
        if seal is None:
            if self._is_own:
                return block_of(thought)
        elif seal.form is OWN:
            return block_of(thought)
        elif seal.form is Form.ANTHROPIC_MESSAGES and self._traits.is_claude:
            # Claude's signatures hold wherever it runs.
            if thought.is_redacted:
                return Block(reasoning_content=ReasoningContent(redacted_content=seal.data))
            return Block(reasoning_content=ReasoningContent(ReasoningText(thought.text, seal.data)))
        self._lose(path, "Bedrock takes back only reasoning that its models have signed", is_hint=True)
        return None

    def _call(self, call: ToolCall, path: str) -> object:
        if call.seal is not None:
            self._lose(f"{path}.seal", "it is another provider's", is_hint=True)
        self.tools_named[call.name] = None
        return block_of(msgspec.structs.replace(call, id=wire_id(call.id), seal=None))

    def _result(self, result: ToolResult, path: str) -> object:
        if result.name is not None:
            self.tools_named[result.name] = None
        content = [block for block, _ in self._blocks(result.content, f"{path}.content")]
        status = "error" if result.is_error else None
        return {"toolResult": _Result(wire_id(result.call_id), content, status)}

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self.lost.append(Inexpressible(what, why, is_hint))


def wire_id(identity: str) -> str:
    """Return a call's id as Bedrock allows it; different ids stay different."""
    if _ID.fullmatch(identity):
        return identity
    return f"call_{sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()}"[:_LONGEST_ID]


def _is_result(block: object) -> bool:
    return isinstance(block, dict) and "toolResult" in block
