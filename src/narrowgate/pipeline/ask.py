"""A request that can be made more than once, and what is known of it for choosing where it goes."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec
from msgspec import UNSET, Raw

from narrowgate.identity.response_ids import StoredResponse
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.routing.facts import Facts
from narrowgate.policy.routing.settings import Sticky, StickyBy
from narrowgate.policy.routing.sticky import prefix_mark, session_mark
from narrowgate.schemas.openai import RequestHead, named_fallbacks, read_head
from narrowgate.wire.splice import without

_FALLBACKS = b"fallbacks"
_HEADER = b"x-narrowgate-fallbacks"
_TAGS = b"x-narrowgate-tags"
_LONG = 10_000
_FIELDS = msgspec.json.Decoder(dict[str, Raw])


class Ask(msgspec.Struct, frozen=True, gc=False):
    """A whole request. `fallbacks` are the names of models it says may stand in."""

    head: RequestHead
    body: bytes
    headers: Mapping[bytes, bytes]
    fallbacks: tuple[str, ...]


class Circumstances:
    """What a route's rules may look at; worked out when one does, and once.

    `keeper` is a response that the request goes on from: only who keeps it can be asked.
    """

    __slots__ = ("_facts", "_fields", "_sum", "ask", "headers", "keeper", "name", "now_ms", "operation", "principal")

    def __init__(  # noqa: PLR0913 - what is known of a call when it is planned
        self,
        principal: Principal,
        headers: Mapping[bytes, bytes],
        ask: Ask | None,
        *,
        name: str = "",
        operation: str = "",
        now_ms: int = 0,
        budget_used: Callable[[], float] = float,
        keeper: StoredResponse | None = None,
    ) -> None:
        self.principal = principal
        self.headers = headers
        self.ask = ask
        self.name = name
        self.operation = operation
        self.now_ms = now_ms
        self._sum = budget_used
        self.keeper = keeper
        self._facts: Facts | None = None
        self._fields: dict[bytes, bytes] | None = None

    @property
    def facts(self) -> Facts:
        """What conditions ask about."""
        found = self._facts
        if found is None:
            body = self.ask.body if self.ask is not None else b""
            params = {name.decode("utf-8", "replace"): _value(text) for name, text in self.fields.items()}
            metadata = params.get("metadata")
            found = self._facts = Facts(
                model=self.name,
                operation=self.operation,
                key=self.principal.key.id,
                headers=self.headers,
                params=params,
                metadata=metadata if isinstance(metadata, dict) else {},
                budget_used=self._sum(),
                input_bytes=len(body),
                unix_ms=self.now_ms,
                tags=self.tags,
            )
        return found

    @property
    def fields(self) -> Mapping[bytes, bytes]:
        """The members of the request's body, as JSON."""
        if self._fields is None:
            self._fields = {}
            if self.ask is not None:
                with suppress(msgspec.DecodeError, RecursionError):
                    self._fields = {name.encode(): bytes(text) for name, text in _FIELDS.decode(self.ask.body).items()}
        return self._fields

    @property
    def tags(self) -> frozenset[str]:
        """The tags that a target must have all of."""
        return frozenset(_listed(self.headers.get(_TAGS, b"")))

    def mark(self, sticky: Sticky) -> bytes | None:
        """Return what calls for the same target share, None for a call that may go anywhere."""
        if sticky.by is StickyBy.PREFIX:
            return prefix_mark(self.fields)
        session = self.headers.get(sticky.header.lower().encode("latin-1", "replace"))
        return None if session is None else session_mark(session)


def _listed(field: bytes) -> tuple[str, ...]:
    """Return the names in a header field that separates them by commas."""
    return tuple(name.strip() for name in field.decode("utf-8", "replace").split(",") if name.strip())


def _value(text: bytes) -> object:
    """Return what a condition may compare; what is long is no such thing."""
    if len(text) > _LONG:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def ask_of(head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> Ask:
    """Return a request without what is for the gateway alone.

    Raises:
        WireError: `fallbacks` is no list of models.
    """
    names: tuple[str, ...] = ()
    if head.fallbacks is not UNSET:
        names = named_fallbacks(Raw(head.fallbacks))
        body = without(body, _FALLBACKS, head.long_values())
        head = read_head(body)
    if not names and _HEADER in headers:
        names = _listed(headers[_HEADER])
    return Ask(head, body, headers, names)
