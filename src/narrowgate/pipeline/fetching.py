"""Wait for what a call names by URL, before it goes out: pictures and documents whose bytes the provider wants."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.ports import Exchange
from narrowgate.wire.answer import AnswerReader, FieldNames, Head
from narrowgate.wire.errors import WireError
from narrowgate.wire.media import media_type_of

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_MOST_AT_ONCE = 20
_LONGEST_URL = 8_000
_NS = 1_000_000_000
_HOST = re.compile(r"[a-z0-9.:-]{1,253}")
# Left as they are in an address; anything else is escaped, what is escaped already stays.
_SAFE = "%/?:@!$&'()*+,;=-._~[]"


class Wanted(NamedTuple):
    """A medium to fetch: the client's own path of it, for complaints, and what it must be ("image", …)."""

    field: str
    kind: str


class Media(NamedTuple):
    """What was fetched: its MIME type, and its bytes as base64."""

    media_type: str
    data: str


Fetched = Mapping[str, Media]
_NOTHING: Fetched = MappingProxyType({})


class Fetching:
    """Fetches all that one call wants, at the same time; tells once, all of it or why not.

    `known` was fetched for an earlier attempt: it is told again, and counts for what may come.
    """

    __slots__ = ("_call_id", "_deadline_ns", "_done", "_edge", "_found", "_left_bytes", "_under_way")

    def __init__(
        self, edge: Edge, call_id: str, done: Callable[[Fetched | Fault], None], known: Fetched = _NOTHING
    ) -> None:
        self._edge = edge
        self._call_id = call_id
        self._done = done
        self._found: dict[str, Media] = {**known}
        self._under_way: dict[str, _Fetch] = {}
        self._left_bytes = edge.settings.fetch.max_bytes - sum(len(one.data) * 3 // 4 for one in known.values())
        self._deadline_ns = edge.work_ns() + int(edge.settings.fetch.timeout_s * _NS)

    def start(self, wanted: Mapping[str, Wanted]) -> None:
        """Begin; `wanted` is by URL and not empty."""
        if len(wanted) > _MOST_AT_ONCE:
            first = next(iter(wanted.values()))
            self._end(_refused(first.field, f"more than {_MOST_AT_ONCE} files are named by URL"))
            return
        fetches = [_Fetch(self, url, one) for url, one in wanted.items()]
        self._under_way = {fetch.url: fetch for fetch in fetches}
        for fetch in fetches:
            if fetch.url in self._under_way:  # none has failed before it
                fetch.go(fetch.url)

    def check(self, now_ns: int) -> None:
        """Act on the clock."""
        if self._under_way and now_ns >= self._deadline_ns:
            fetch = next(iter(self._under_way.values()))
            self.failed(fetch, "timeout", "it did not come in time")

    def abort(self) -> None:
        """Stop fetching; nothing is told."""
        under_way, self._under_way = self._under_way, {}
        for fetch in under_way.values():
            fetch.stop()

    # -- what a fetch tells ------------------------------------------------------------------------

    def open(self, request_line: bytes, fetch: "_Fetch") -> Exchange:
        """Begin an exchange."""
        origin = self._edge.settings.fetch_origin
        assert origin is not None
        return self._edge.transport.open(origin, request_line, b"\r\n", b"", fetch)

    def is_within(self, size: int) -> bool:
        """Take `size` bytes from what may still come."""
        self._left_bytes -= size
        return self._left_bytes >= 0

    def complete(self, fetch: "_Fetch", body: bytes, media_type: str) -> None:
        """One is there."""
        del self._under_way[fetch.url]
        self._tell(fetch, "fetched", len(body))
        self._found[fetch.url] = Media(media_type, b64encode(body).decode())
        if not self._under_way:
            self._done(self._found)

    def failed(self, fetch: "_Fetch", outcome: str, why: str) -> None:
        """One cannot be had, so the call cannot be made."""
        self._tell(fetch, outcome, 0)
        self._end(_refused(fetch.wanted.field, why))

    def _end(self, fault: Fault) -> None:
        self.abort()
        self._done(fault)

    def _tell(self, fetch: "_Fetch", outcome: str, size: int) -> None:
        self._edge.tally.fetched(outcome, size)
        # The host alone: addresses hold signatures and names.
        self._edge.call_log.fetched(self._call_id, _host_of(fetch.at), outcome, size)


class _Fetch:
    """One medium under way, over as many exchanges as there are redirects. A Receiver."""

    __slots__ = ("_exchange", "_fetching", "_hops", "_pieces", "_reader", "at", "url", "wanted")

    def __init__(self, fetching: Fetching, url: str, wanted: Wanted) -> None:
        self._fetching = fetching
        self._hops = 0
        self._pieces: list[bytes] = []
        self._reader = AnswerReader(_names())
        self._exchange: Exchange | None = None
        self.url = url
        self.at = url
        self.wanted = wanted

    def go(self, url: str) -> None:
        """Ask for `url`."""
        self.at = url
        line = request_line(url)
        if line is None:
            self._fail("refused", "it is no https address")
            return
        self._reader = AnswerReader(_names())
        self._pieces = []
        self._exchange = self._fetching.open(line, self)

    def stop(self) -> None:
        """Close the connection."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.abort()

    def received(self, data: bytes) -> None:
        """Take a piece of the answer."""
        if self._exchange is None:
            return
        reader = self._reader
        try:
            body = reader.feed(data)
        except WireError:
            self._fail("broken", "its server does not speak HTTP")
            return
        head = reader.head
        if head is not None and head.status in _REDIRECTS:
            self._follow(head)
            return
        if head is not None and (head.status != 200 or head.content_encoding):
            self._fail("refused", f"its server answered with status {head.status}")
            return
        self._pieces.append(body)
        if not self._fetching.is_within(len(body)):
            self._fail("too_large", "the files that the call names are larger than fetch.max_bytes together")
        elif reader.is_done:
            self._complete()

    def ended(self) -> None:
        """The server closed."""
        if self._exchange is None:
            return
        if self._reader.end():
            self._complete()
        else:
            self._fail("broken", "its server cut it short")

    def failed(self, stage: str, message: str) -> None:
        """No connection; why is not told on, for it would show what is in this network."""
        if self._exchange is not None:
            is_refused = stage == "egress"
            self._fail(
                "refused" if is_refused else "unreachable", message if is_refused else "its server is not reached"
            )

    def pause_body(self) -> None:
        """There is no body to send."""

    def resume_body(self) -> None:
        """There is no body to send."""

    def _follow(self, head: Head) -> None:
        self.stop()
        self._hops += 1
        where = next((line.partition(b":")[2].strip() for line in head.kept), b"").decode("latin-1")
        if self._hops > _MOST_REDIRECTS or not where:
            self._fail("refused", f"it is redirected more than {_MOST_REDIRECTS} times, or to nowhere")
            return
        self.go(_joined(self.at, where))

    def _complete(self) -> None:
        body = b"".join(self._pieces)
        head = self._reader.head
        assert head is not None
        media_type = media_type_of(body, head.content_type.decode("latin-1"))
        if media_type is None or not fits(media_type, self.wanted.kind):
            self._fail("wrong_type", f"what came is no {self.wanted.kind} that can be passed on")
            return
        self.stop()
        self._fetching.complete(self, body, media_type)

    def _fail(self, outcome: str, why: str) -> None:
        self.stop()
        self._fetching.failed(self, outcome, why)


def request_line(url: str) -> bytes | None:
    """Return the line that asks for `url`, None when it is none that could be fetched."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if (
        parts.scheme not in {"https", "http"}
        or _HOST.fullmatch(host) is None
        or parts.username is not None
        or len(url) > _LONGEST_URL
    ):
        return None
    shown = f"[{host}]" if ":" in host else host
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return f"GET {parts.scheme}://{shown}{f':{port}' if port else ''}{path} HTTP/1.1\r\n".encode("ascii", "replace")


def fits(media_type: str, kind: str) -> bool:
    """Whether a file of `media_type` can be the part of a message that it is named for."""
    first = media_type.partition("/")[0]
    return first not in {"image", "audio", "video"} if kind == "document" else first == kind


def _joined(base: str, where: str) -> str:
    try:
        return urljoin(base, where)
    except ValueError:  # half an IPv6 address
        return ""


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _names() -> FieldNames:
    return FieldNames(lambda name: name == b"location")


def _refused(field: str, why: str) -> Fault:
    message = f"{field}: cannot be fetched: {why}; send the bytes themselves"
    return Fault(FaultKind.BAD_REQUEST, message, param=field, code="media_not_fetched")
