"""At most one call of a tool in an answer, for clients that asked for it and providers that cannot be told."""

from collections.abc import Mapping, Sequence

import msgspec

from narrowgate.model.conversation import Form, Part, Request, ToolCall
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Cited, Delta, Event, PartBegan, PartEnded, Reply, Sealed
from narrowgate.providers.family import Decoder, Family, Outgoing, Quirks


class OneCall:
    """A family of whose answers the first call is heard; the model will ask again for what it still wants."""

    __slots__ = ("_family",)

    def __init__(self, family: Family) -> None:
        self._family = family

    @property
    def form(self) -> Form:
        """The form of the family."""
        return self._family.form

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return the request."""
        return self._family.to_wire(request, model, quirks)

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:
        """Return what a whole answer says."""
        reply = self._family.from_wire(body, quirks)
        choices = tuple(msgspec.structs.replace(choice, parts=_heard(choice.parts)) for choice in reply.choices)
        return msgspec.structs.replace(reply, choices=choices)

    def decoder(self, quirks: Quirks) -> Decoder:
        """Return what reads a streamed answer."""
        return _OneCallDecoder(self._family.decoder(quirks))

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an error says."""
        return self._family.fault(status, headers, body)


class _OneCallDecoder:
    __slots__ = ("_calls", "_decoder", "_unheard")

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._calls: set[int] = set()  # choices that have theirs
        self._unheard: set[tuple[int, int]] = set()

    def feed(self, data: bytes) -> Sequence[Event]:
        """Return the events `data` completes."""
        return [event for event in self._decoder.feed(data) if self._is_heard(event)]

    def end(self) -> Sequence[Event]:
        """Return what remains."""
        return [event for event in self._decoder.end() if self._is_heard(event)]

    def _is_heard(self, event: Event) -> bool:
        match event:
            case PartBegan(choice, part, ToolCall()):
                if choice in self._calls:
                    self._unheard.add((choice, part))
                    return False
                self._calls.add(choice)
                return True
            case Delta() | Sealed() | Cited() | PartEnded():
                return (event.choice, event.part) not in self._unheard
            case _:
                return True


def _heard(parts: Sequence[Part]) -> tuple[Part, ...]:
    calls = [part for part in parts if isinstance(part, ToolCall)]
    return tuple(part for part in parts if not isinstance(part, ToolCall) or part is calls[0])
