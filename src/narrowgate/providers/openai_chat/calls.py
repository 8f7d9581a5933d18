"""Put the pieces of tool calls together, whichever way a provider cuts and names them."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from narrowgate.model.conversation import Foreign, Form, Image, Refusal, Seal, Text, Thought, ToolCall
from narrowgate.model.reply import Delta, Event, PartEnded, Sealed
from narrowgate.model.seals import seal_of
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas.reading import read

_TEXT = msgspec.json.Decoder(str)


class CallIds:
    """Gives every call of an answer an id of its own."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def unique(self, wanted: str) -> str:
        """Return `wanted` if it is an id not given yet, else a new one."""
        identity, number = wanted, 0
        while not identity or identity in self._given:
            identity = f"call_{number}"
            number += 1
        self._given.add(identity)
        return identity


class Parts(Protocol):
    """Where parts of a choice are told."""

    number: int

    def begin(self, opening: Text | Thought | Refusal | ToolCall | Image | Foreign) -> int:
        """Begin a part and return its number."""

    def emit(self, event: Event) -> None:
        """Tell an event."""


class _Call:
    __slots__ = ("held", "id", "is_custom", "name", "part", "seal")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.is_custom = False
        self.part: int | None = None
        self.held: list[str] = []
        self.seal: Seal | None = None


class CallsReader:
    """Reads the calls of one choice: whole or in pieces, with or without index and id."""

    def __init__(self, parts: Parts, ids: CallIds) -> None:
        self._parts = parts
        self._ids = ids
        self._by_index: dict[int, _Call] = {}
        self._open: list[_Call] = []
        self._legacy: _Call | None = None

    def take(self, pieces: Sequence[wire.ToolCall], legacy: wire.Function | None) -> None:
        """Take what one event says of calls; `legacy` is the old `function_call`."""
        for piece in pieces:
            self._piece(self._call_of(piece), piece)
        if legacy is not None:
            if self._legacy is None:
                self._legacy = self._new()
            self._piece(self._legacy, wire.ToolCall(function=legacy))

    def close(self) -> None:
        """End the calls there are; a later piece begins another one."""
        for call in self._open:
            self._begin(call)
            if call.part is not None:
                self._parts.emit(PartEnded(self._parts.number, call.part))
        self._open.clear()
        self._by_index.clear()
        self._legacy = None

    def _call_of(self, piece: wire.ToolCall) -> _Call:
        named = piece.function.name if piece.function is not None else None
        named = named or (piece.custom.name if piece.custom is not None else None)
        identity = _id_of(piece)
        if piece.index is None:
            # Without an index a name or a new id begins a call, and the rest belongs to the latest.
            same = next((call for call in self._open if identity and call.id == identity), None)
            if same is not None:
                return same
            return self._new() if named or identity or not self._open else self._open[-1]
        index = int(piece.index)
        known = self._by_index.get(index)
        # Several whole calls under one index do occur: a new id with a name is a new call.
        if known is None or (identity and named and known.id and known.id != identity):
            known = self._by_index[index] = self._new()
        return known

    def _new(self) -> _Call:
        call = _Call()
        self._open.append(call)
        return call

    def _piece(self, call: _Call, piece: wire.ToolCall) -> None:
        text = ""
        call.id = call.id or _id_of(piece)
        if piece.function is not None:
            call.name = call.name or piece.function.name or ""
            text = _text_of(piece.function.arguments)
        if piece.custom is not None:
            call.is_custom = True
            call.name = call.name or piece.custom.name or ""
            text = piece.custom.input if isinstance(piece.custom.input, str) else text
        if call.name and call.part is None:
            self._begin(call)
        if text:
            self._argue(call, text)
        extra = piece.extra_content
        if extra is not None and extra.google is not None and extra.google.thought_signature:
            self._seal(call, seal_of(extra.google.thought_signature, Form.GEMINI_GENERATE))

    def _begin(self, call: _Call) -> None:
        """Begin the part of a call: as soon as its name is known, nameless only when it ends."""
        if call.part is not None:
            return
        call.part = self._parts.begin(ToolCall(self._ids.unique(call.id), call.name, "", call.is_custom))
        if call.held:
            self._parts.emit(Delta(self._parts.number, call.part, "".join(call.held)))
        if call.seal is not None:
            self._parts.emit(Sealed(self._parts.number, call.part, call.seal))

    def _argue(self, call: _Call, text: str) -> None:
        if call.part is None:
            call.held.append(text)
        else:
            self._parts.emit(Delta(self._parts.number, call.part, text))

    def _seal(self, call: _Call, seal: Seal) -> None:
        if call.part is None:
            call.seal = seal
        else:
            self._parts.emit(Sealed(self._parts.number, call.part, seal))


def _id_of(piece: wire.ToolCall) -> str:
    return "" if piece.id is None else str(piece.id)


def _text_of(arguments: msgspec.Raw | msgspec.UnsetType) -> str:
    """Return arguments as text; of an imitator that sends the object, its JSON."""
    if isinstance(arguments, msgspec.UnsetType):
        return ""
    raw = bytes(arguments)
    if raw.startswith(b'"'):
        return read(_TEXT, raw)
    return "" if raw == b"null" else raw.decode()
