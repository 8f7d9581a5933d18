"""Ask one question over HTTP where credentials come from: one connection, one answer. Standard library only."""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

from narrowgate.adapters.upstream.dial import Address
from narrowgate.adapters.upstream.origins import OriginTable
from narrowgate.adapters.upstream.pool import Pool
from narrowgate.adapters.upstream.reachable import is_chosen
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.adapters.upstream.tokens.credential import Unobtainable, object_of, refused
from narrowgate.wire.answer import AnswerReader, FieldNames
from narrowgate.wire.errors import WireError

_LONGEST_BYTES = 262_144
_FORM = "application/x-www-form-urlencoded"
Headers = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    """What was answered."""

    status: int
    body: bytes


class Ask(Protocol):
    """Asks; the adapter for it is `Asker`."""

    async def __call__(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Answer:
        """Return the answer, whatever its status.

        Raises:
            Unobtainable: there was none.
        """


async def ask_form(ask: Ask, url: str, fields: Mapping[str, str], headers: Headers = ()) -> Answer:
    """Post `fields` as a form."""
    return await ask("POST", url, (("content-type", _FORM), *headers), urlencode(fields).encode("ascii"))


def document_of(answer: Answer, whose: str, code_of: Callable[[dict[str, object]], object]) -> dict[str, object]:
    """Return the JSON object of an answer that is a success.

    Raises:
        Unobtainable: it is none; `code_of` finds the service's own word for that in what it answered.
    """
    if answer.status == 200:
        return object_of(answer.body, whose)
    try:
        document: dict[str, object] = object_of(answer.body, whose)
    except Unobtainable:
        document = {}
    raise refused(answer.status, code_of(document), whose)


class Asker:
    """Asks the way an origin is reached: its authorities and, for names, its proxy."""

    def __init__(self, origin: OriginTable, contexts: Mapping[str, ssl.SSLContext], poller: Poller) -> None:
        self._origin = origin
        self._contexts = contexts
        self._poller = poller

    async def __call__(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Answer:
        """See `Ask`."""
        parts, origin = urlsplit(url), self._origin
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        address = Address(
            name=host,
            host=host,
            port=parts.port or (443 if is_tls else 80),
            tls=self._contexts[origin.ca_file] if is_tls else None,
            proxy="" if is_chosen(host) else origin.proxy,
            connect_timeout_s=origin.connect_timeout_s,
            allow_private=origin.allow_private,
        )
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        fields = (
            *(("host", parts.netloc), ("user-agent", "narrowgate"), ("accept-encoding", "identity")),
            *headers,
            *((("content-length", str(len(body))),) if body or method != "GET" else ()),
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("latin-1")
        pool = Pool(address, b"", 1, time.monotonic, self._poller)
        hearing = _Hearing(host)
        try:
            pool.open(f"{method} {target} HTTP/1.1\r\n".encode("ascii"), lines + b"\r\n", body, hearing)
            return await hearing.answer
        finally:
            pool.close()


class _Hearing:
    """Implements Receiver: collects one answer."""

    def __init__(self, host: str) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._host = host
        self._reader = AnswerReader(FieldNames(lambda _name: False))
        self._body = b""

    def received(self, data: bytes) -> None:
        try:
            self._body += self._reader.feed(data)
        except WireError:
            self._fail(f"{self._host} did not answer in HTTP/1.1")
            return
        if len(self._body) > _LONGEST_BYTES:
            self._fail(f"{self._host} answered more than {_LONGEST_BYTES:_} bytes")
        elif self._reader.is_done:
            self._finish()

    def ended(self) -> None:
        if self._reader.end():
            self._finish()
        else:
            self._fail(f"{self._host} closed the connection without a whole answer")

    def failed(self, _stage: str, message: str) -> None:
        self._fail(message)

    def pause_body(self) -> None:
        """The question is short; it waits in the connection."""

    def resume_body(self) -> None:
        """As `pause_body`."""

    def _finish(self) -> None:
        head = self._reader.head
        if head is not None and not self.answer.done():
            self.answer.set_result(Answer(head.status, self._body))

    def _fail(self, message: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(Unobtainable(message))
