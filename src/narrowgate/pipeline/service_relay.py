"""Answers to calls that went out in a provider's own form come back in the gateway's."""

import re
from collections.abc import Callable

from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.operation import Operation
from narrowgate.pipeline.faults import unreadable
from narrowgate.pipeline.owner import Owner
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target
from narrowgate.pipeline.upstream_error import fields_of
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.wire.answer import Head
from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import splice

_UNPRINTABLE = re.compile(r"[^ -~]")
_SHOWN = 1_000  # characters
_COUNT = re.compile(rb"[0-9]{1,9}")


class ServiceRelay(Relay):
    """Reads an answer whole with `read` and sends what that returns; without `read` it passes as it comes."""

    __slots__ = ("_count_header", "_dropped", "_read")

    def __init__(self, owner: Owner, client: Client, target: Target, operation: Operation, made: Prepared) -> None:
        super().__init__(owner, client, target, operation)
        self._dropped = ", ".join(one.what for one in made.inexpressible)
        self._count_header = made.count_header
        self._read: Callable[[bytes], Answered] | None = None

    def read_with(self, read: Callable[[bytes], Answered]) -> None:
        """Have answers read."""
        self._read = read

    # -- what the base calls ---------------------------------------------------------------------

    def _kind_of(self, head: Head) -> int:
        if self._dropped and head.status < 300:
            # The names are the client's own: nothing in them may end the line.
            names = _UNPRINTABLE.sub("?", self._dropped)[:_SHOWN].encode("ascii")
            head.kept = [*head.kept, b"x-narrowgate-dropped: " + names]
        return super()._kind_of(head)

    def _finish_whole(self, body: bytes) -> None:
        head = self._reader.head
        assert head is not None
        if self._read is not None and head.status < 300:
            try:
                answered = self._read(body)
            except (WireError, Failed) as error:
                self._leave_connection()
                fault = error.fault if isinstance(error, Failed) else unreadable(error)
                if not self._owner.lost(fault):
                    self._owner.fail(fault)
                return
            body, head.status = self._counted(answered.body, head), 200  # whatever was created for it there
            head.kept = [*head.without(b"content-type"), b"content-type: " + answered.content_type]
        super()._finish_whole(body)

    def _counted(self, body: bytes, head: Head) -> bytes:
        """Return a body with the number of tokens that the answer's head tells, if it does."""
        told = fields_of(head).get(self._count_header, b"") if self._count_header else b""
        if _COUNT.fullmatch(told) is None:
            return body
        count = int(told)
        return splice(body, {b"usage": b'{"prompt_tokens":%d,"total_tokens":%d}' % (count, count)})

    def _take_events(self, data: bytes) -> None:
        if self._read is None:
            super()._take_events(data)
        else:
            self._refuse("answered with a stream")

    def _take_piece(self, data: bytes) -> None:
        if self._read is None or self._status >= 300:
            super()._take_piece(data)
        else:
            self._refuse("answered with more than can be put in another form")

    def _refuse(self, what: str) -> None:
        message = f"provider '{self._target.provider.name}' {what}"
        self.break_off(Fault(FaultKind.UPSTREAM_BROKEN, message, code="upstream_invalid"))
