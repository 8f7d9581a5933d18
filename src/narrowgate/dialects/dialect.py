"""What a dialect can do: read what a client asks, write what a model answers. Pure."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Event, Reply


class Asked(msgspec.Struct, frozen=True):
    """One conversation request as it came.

    `model` and `is_stream` are what the path says, for dialects that have them there (else None).
    `headers` have lower-case names. `query` is the raw text behind `?`.
    """

    body: bytes
    model: str | None = None
    is_stream: bool | None = None
    headers: Mapping[bytes, bytes] = {}
    query: bytes = b""


class Encoder(Protocol):
    """Writes one answer as a stream of a dialect's events, framing included (SSE, NDJSON, …)."""

    def encode(self, event: Event) -> bytes:
        """Return the bytes for `event`, b"" when nothing is to be sent yet.

        `Ended` gives the stream's end in full. Never called after `Ended` or `fail`.
        """

    def fail(self, fault: Fault) -> bytes:
        """Return what tells a client in the middle of a stream that it failed; never a success marker."""


class Dialect(Protocol):
    """One way clients speak. Stateless; one instance serves all calls."""

    @property
    def form(self) -> Form:
        """The JSON it is written in."""

    @property
    def stream_type(self) -> bytes:
        """The content type of a streamed answer."""

    def parse(self, asked: Asked) -> Request:
        """Return what is asked.

        Raises:
            Failed: BAD_REQUEST with the path of what is wrong in `param`.
        """

    def render(self, reply: Reply, request: Request) -> bytes:
        """Return the body of a whole answer to `request`."""

    def encoder(self, request: Request, answer_id: str, now_s: int) -> Encoder:
        """Return what writes a streamed answer; `answer_id` stands in where the provider gives none."""

    def render_fault(self, fault: Fault) -> bytes:
        """Return the body of an error answer."""

    def field(self, what: str) -> str:
        """Return this dialect's JSON path for a neutral path of `Inexpressible.what`."""
