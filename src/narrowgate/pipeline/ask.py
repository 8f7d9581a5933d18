"""A request that can be made more than once, and what is known of it for choosing where it goes."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import UNSET, Raw

from narrowgate.pipeline.principal import Principal
from narrowgate.schemas.openai import RequestHead, named_fallbacks, read_head
from narrowgate.wire.splice import without

_FALLBACKS = b"fallbacks"
_HEADER = b"x-narrowgate-fallbacks"


class Ask(NamedTuple):
    """A whole request. `fallbacks` are the names of models it says may stand in."""

    head: RequestHead
    body: bytes
    headers: Mapping[bytes, bytes]
    fallbacks: tuple[str, ...]


class Facts(NamedTuple):
    """What a route's rules may look at."""

    principal: Principal
    headers: Mapping[bytes, bytes]
    ask: Ask | None


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
        listed = headers[_HEADER].decode("utf-8", "replace").split(",")
        names = tuple(name.strip() for name in listed if name.strip())
    return Ask(head, body, headers, names)
