"""One client connection: HTTP/1.1 in, answers out, calls in between.

Parsing is llhttp's (httptools); what it leaves open is decided by `wire/http1.py`.
"""

import asyncio

import httptools

from narrowgate.adapters.server.answers import LINGER_BYTES, AnswerWriter
from narrowgate.adapters.server.contract import Door, Exchange, Handler, Refused, Request, head_too_large, too_large
from narrowgate.adapters.server.heads import Heads, LastHead, split_head
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.wire.http1 import CONTINUE, SINGLE, framing_complaint

_S = 1_000_000_000
# Bytes of later requests that may wait while one is answered; then the client is not read any
# more. Until then a client that leaves is noticed at once.
_AHEAD_LIMIT_BYTES = 65_536
_LINGER_NS = 2 * _S


class ClientConnection(AnswerWriter):
    """Parses requests, keeps the order of answers, frames them, minds time and size."""

    __slots__ = (
        "_ahead",
        "_ahead_bytes",
        "_body_bytes",
        "_deadline_ns",
        "_door",
        "_exchange",
        "_fault",
        "_handler",
        "_has_asked",
        "_head_bytes",
        "_heads",
        "_is_paused",
        "_last",
        "_parser",
        "_queue",
        "_request",
        "peer",
    )

    def __init__(self, door: Door, heads: Heads) -> None:
        super().__init__()
        self._door = door
        self._heads = heads
        self._last: LastHead | None = None
        self._parser = httptools.HttpRequestParser(self)
        self.peer = ""
        self._request = Request()  # being parsed
        self._handler: Handler | None = None
        self._exchange: Exchange | None = None  # the handler, while it takes the request's body
        self._fault: Fault | None = None  # what the request being read will be answered with
        self._queue: list[tuple[Request, list[bytes]]] = []
        self._ahead: list[bytes] = []
        self._ahead_bytes = 0
        self._head_bytes = 0
        self._body_bytes = 0
        self._has_asked = False
        self._is_paused = False
        self._deadline_ns = 0

    # -- asyncio -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvloop's is no subclass
        """Begin to serve a client."""
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if isinstance(peer, tuple) and peer else "unix"
        self._deadline_ns = self._door.now_ns() + self._door.head_timeout_ns
        if not self._door.joined(self):
            self._refuse(Fault(FaultKind.OVERLOADED, "too many connections; try again", retry_after_s=1))

    def connection_lost(self, _exc: Exception | None) -> None:
        """The client is gone: everything it held is freed."""
        self._is_closing = True
        self._door.left(self)
        handler = self._release_handler()
        self._queue.clear()
        self._ahead.clear()
        if handler is not None:
            handler.client_gone()
        self.transport = None

    def data_received(self, data: bytes) -> None:
        """Keep bytes for the turn in which all connections' are taken."""
        self._door.turn.add(self, data)

    def take(self, data: bytes) -> None:
        """Parse, unless an earlier request is still being answered."""
        if self._is_closing:
            self._linger(len(data))
            return
        if self._handler is not None and self._is_complete:
            self._ahead.append(data)
            self._ahead_bytes += len(data)
            if self._ahead_bytes > _AHEAD_LIMIT_BYTES:
                self._set_reading(wanted=False)
            return
        if self._handler is not None or self._head_bytes or not self._take_whole(data):
            self._parse(data)

    def pause_writing(self) -> None:
        """The client reads slowly."""
        self._is_paused = True
        self._deadline_ns = self._door.now_ns() + self._door.write_idle_ns
        if self._handler is not None:
            self._handler.client_paused()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._is_paused = False
        self._deadline_ns = 0
        if self._handler is not None:
            self._handler.client_resumed()

    # -- llhttp --------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request starts."""
        self._request = Request()
        if self._handler is None:
            self._deadline_ns = self._door.now_ns() + self._door.head_timeout_ns

    def on_url(self, url: bytes) -> None:
        """Collect the request target."""
        request = self._request
        request.url += url
        request.head_bytes += len(url)
        if request.head_bytes > self._door.max_head_bytes:
            raise Refused(head_too_large(self._door.max_head_bytes))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header field."""
        request = self._request
        headers = request.headers
        name = name.lower()
        request.head_bytes += len(name) + len(value) + 4
        if request.head_bytes > self._door.max_head_bytes:
            raise Refused(head_too_large(self._door.max_head_bytes))
        if name in headers:
            if name in SINGLE:
                shown = name.decode("ascii", "replace")
                raise Refused(Fault(FaultKind.BAD_REQUEST, f"header '{shown}' is given twice", code="invalid_request"))
            headers[name] += b", " + value
        else:
            if len(headers) >= self._door.max_headers:
                raise Refused(Fault(FaultKind.HEAD_TOO_LARGE, f"more than {self._door.max_headers} header fields"))
            headers[name] = value

    def on_headers_complete(self) -> None:
        """The head is there: decide before the body is read."""
        request, parser = self._request, self._parser
        request.method = parser.get_method()
        request.version = parser.get_http_version()
        request.is_head = request.method == b"HEAD"
        # A client that offers another protocol (h2c) is served in this one, once: its parser stops here.
        request.is_keep_alive = parser.should_keep_alive() and b"upgrade" not in request.headers
        complaint = framing_complaint(request.headers, request.version)
        if complaint:
            raise Refused(Fault(FaultKind.BAD_REQUEST, complaint, code="invalid_request"))
        request.read_target_and_length()
        self._head_bytes = 0
        if self._handler is not None:
            self._queue.append((request, []))
            return
        self._enter(request)

    def on_body(self, data: bytes) -> None:
        """Hand body bytes to whoever handles the request."""
        if self._queue:
            self._queue[-1][1].append(data)
            return
        self._take_body(data)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._head_bytes = 0
        if self._queue:
            self._queue[-1][1].append(b"")  # marks that the request is whole
            return
        self._complete()

    # -- what handlers use (the pipeline's Client port) ------------------------------------------------

    @property
    def address(self) -> str:
        """Where the client is, for the record."""
        return self._door.address_of(self, self._current or self._request)

    def deliver(self, data: bytes) -> None:
        """Send the last bytes of an answer and turn to the next request."""
        transport = self.transport
        if transport is None:
            return
        if data:
            transport.write(data)
        request, self._current = self._current, None
        self._handler = self._exchange = None
        is_whole, self._is_complete = self._is_complete, True
        self._is_chunked_out = False
        if self._must_close or self._is_closing or request is None or not request.is_keep_alive or not is_whole:
            self._close(is_read=is_whole)
            return
        if not self._is_paused:
            self._deadline_ns = self._door.now_ns() + self._door.keep_alive_ns
        if self._queue or self._ahead:
            self._next()
        elif not self._is_reading:
            self._set_reading(wanted=True)

    # -- time ------------------------------------------------------------------------------------------

    def check(self, now_ns: int) -> None:
        """Act on deadlines; called some times a second."""
        if self._handler is not None:
            self._handler.check(now_ns)
        if self._deadline_ns and now_ns >= self._deadline_ns and not self._upload_paused:
            self._expire()

    def drain(self) -> None:
        """Take no further request: close now if idle, else after the present answer.

        A connection that has not asked anything yet may have its first request on the way: it is
        still served, or ended by the limit on heads.
        """
        if self._has_asked and self._handler is None and not self._queue and not self._head_bytes:
            self._close(is_read=True)
        else:
            self._must_close = True

    def _expire(self) -> None:
        self._deadline_ns = 0
        if self._is_closing or self._is_paused:
            if self.transport is not None:
                self.transport.abort()
        elif self._handler is None and not self._head_bytes:
            self._close(is_read=True)  # an idle keep-alive connection
        elif self._handler is None or not self._is_complete:
            handler = self._release_handler()
            if handler is not None:
                handler.client_gone()
            what = "body" if self._current is not None else "head"
            self._refuse(Fault(FaultKind.TIMED_OUT_READING, f"the request {what} did not arrive in time"))

    # -- reading ---------------------------------------------------------------------------------------

    def _take_whole(self, data: bytes) -> bool:
        """Take a request that came in one piece: begin its call at once if the head is known; False if it is none."""
        last = self._last
        body = None if last is None else last.body_of(data)
        if last is None or body is None:
            split = split_head(data, self._door.max_head_bytes)
            if split is None:
                return False
            known = self._heads.find(split.template)
            if known is None:
                self._parse(data)
                if not self._is_closing and not self._head_bytes:
                    self._heads.keep(split.template, self._request)
                return True
            last = self._last = LastHead(known, data, split)
            body = split.body
        if len(body) > self._door.max_body_bytes:
            return False
        self._has_asked = self._is_complete = True
        self._current = last.known.request
        self._fault = None
        self._deadline_ns = 0
        self._handler = call = last.known.open(self)
        last.known.begin(call, body)
        return True

    def _parse(self, data: bytes) -> None:
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._must_close = True
            return
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            if not isinstance(cause, Refused):
                self._refuse(Fault(FaultKind.INTERNAL, "a bug in the gateway; the call was not made"))
                raise
            self._refuse(cause.fault)
            return
        except httptools.HttpParserError:
            self._refuse(Fault(FaultKind.BAD_REQUEST, "the request is not valid HTTP/1.1", code="invalid_request"))
            return
        if self._head_bytes > self._door.max_head_bytes and self._current is None and not self._is_closing:
            self._refuse(head_too_large(self._door.max_head_bytes))

    def _enter(self, request: Request) -> None:
        """Start on a request whose head is complete."""
        door = self._door
        self._has_asked = True
        self._current = request
        self._is_complete = False
        self._body_bytes = 0
        self._fault = None
        self._deadline_ns = door.now_ns() + door.body_idle_ns if request.length != 0 else 0
        try:
            if request.length is not None and request.length > door.max_body_bytes:
                raise Refused(too_large(door.max_body_bytes))
            self._handler = self._exchange = door.admit(self, request)
        except Refused as refused:
            if request.length is None or request.length > LINGER_BYTES:
                raise
            self._fault = refused.fault  # the body is short: read it and keep the connection
            return
        if request.headers.get(b"expect", b"").lower() == b"100-continue" and request.length != 0:
            self._write(CONTINUE)

    def _release_handler(self) -> Handler | None:
        handler = self._handler
        self._handler = self._exchange = None
        return handler

    def _take_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._body_bytes > self._door.max_body_bytes:
            handler = self._release_handler()
            if handler is not None:
                handler.client_gone()
            raise Refused(too_large(self._door.max_body_bytes))
        if self._fault is None and self._exchange is not None:
            self._deadline_ns = self._door.now_ns() + self._door.body_idle_ns
            self._exchange.body(data)

    def _complete(self) -> None:
        self._is_complete = True
        if not self._is_paused:
            self._deadline_ns = 0
        if self._fault is not None:
            fault, self._fault = self._fault, None
            status, lines, body = self._door.refusal(fault, self._request.path)
            self.deliver(self.whole(status, lines, body))
        elif self._exchange is not None:
            exchange, self._exchange = self._exchange, None
            exchange.complete()

    def _next(self) -> None:
        """Go on with what the client sent while it waited."""
        while self._queue and self._handler is None and not self._is_closing:
            request, pieces = self._queue.pop(0)
            try:
                self._enter(request)
                for piece in pieces:
                    if piece:
                        self._take_body(piece)
            except Refused as refused:
                self._refuse(refused.fault)
                return
            if pieces and not pieces[-1]:
                self._complete()
            elif not self._queue:
                break
        if self._handler is None and not self._queue and not self._is_closing:
            ahead = b"".join(self._ahead)
            self._ahead.clear()
            self._ahead_bytes = 0
            self._set_reading(wanted=True)
            if ahead:
                self._parse(ahead)

    # -- writing and closing ---------------------------------------------------------------------------

    def _refuse(self, fault: Fault) -> None:
        """Answer with a fault and close: what follows cannot be trusted to be a request."""
        if self._is_closing:
            return
        self._handler = self._exchange = None
        self._must_close = True
        status, lines, body = self._door.refusal(fault, (self._current or self._request).path)
        self._write(self.whole(status, lines, body))
        self._close(is_read=False)

    def _close(self, *, is_read: bool) -> None:
        """Close; with unread request bytes in the way wait for the client to read."""
        self._is_closing = True
        if self.transport is None:
            return
        if is_read:
            # What is written still goes out; a client that takes none of it is cut off in the end.
            self._deadline_ns = self._door.now_ns() + self._door.write_idle_ns
            self.transport.close()
            return
        # Closing with unread input makes the kernel send a reset, which can destroy the answer
        # before the client has read it: end our side first and read what is left.
        self._deadline_ns = self._door.now_ns() + _LINGER_NS
        self._set_reading(wanted=True)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
