"""In which manner an answer is passed on, told by its head: whole, event by event or in pieces."""

from narrowgate.wire.answer import Head
from narrowgate.wire.inflate import Inflate

# A whole answer is held until it is complete: a provider that dies then still gives the client a
# real status. Longer ones are passed on as they come.
WHOLE_LIMIT_BYTES = 32 << 20
_UNNAMED_LIMIT_BYTES = 1 << 20  # of what is neither text nor JSON: audio and files are better passed on at once
UNDECIDED, WHOLE, EVENTS, PIECES = range(4)


def manner_of(head: Head) -> int:
    """Return WHOLE, EVENTS or PIECES."""
    kind = head.content_type[:24].lower()
    if kind.startswith(b"text/event-stream") and head.status < 300:
        return EVENTS
    if head.status >= 300 or kind.startswith((b"application/json", b"text/", b"application/problem")):
        return WHOLE if (head.length or 0) <= WHOLE_LIMIT_BYTES else PIECES
    return PIECES if head.length is None or head.length > _UNNAMED_LIMIT_BYTES else WHOLE


def unpacked(head: Head) -> Inflate | None:
    """Return what unpacks the body, None if it is not packed; `head` then no longer says that it is, nor how long."""
    if head.content_encoding not in {b"gzip", b"x-gzip", b"deflate"}:
        return None
    head.kept = head.without(b"content-encoding")
    head.length = None
    return Inflate()
