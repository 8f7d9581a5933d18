"""Which header fields of a provider's answer a client gets to see."""

from narrowgate.wire.answer import Head

# Hop-by-hop fields and framing (RFC 9110 section 7.6.1), what belongs to the provider's own
# site (cookies, browser policy, alternative services), and names only the gateway may use.
_DROPPED = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"content-length",
        b"set-cookie",
        b"alt-svc",
        b"strict-transport-security",
        b"www-authenticate",
        b"nel",
        b"report-to",
        b"server",
        b"via",
    }
)
_MOST_KNOWN = 500
_DROPPED_PREFIXES = (b"access-control-", b"x-narrowgate-", b"cross-origin-")


class KeptFields:
    """Decides which fields pass, and remembers by name: providers send the same ones every time."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, bool] = {}

    def lines(self, head: Head) -> list[bytes]:
        """Return the header lines to pass on, in order and spelled as they came, each with CRLF."""
        known = self._known
        lines = []
        for name, value in head.fields:
            is_kept = known.get(name)
            if is_kept is None:
                is_kept = self._decide(name)
            if is_kept:
                lines.append(b"%b: %b\r\n" % (name, value))
        return lines

    def _decide(self, name: bytes) -> bool:
        lower = name.lower()
        is_kept = lower not in _DROPPED and not lower.startswith(_DROPPED_PREFIXES)
        if len(self._known) < _MOST_KNOWN:
            self._known[name] = is_kept
        return is_kept


def usd(cost_usd_e9: int) -> bytes:
    """Return a cost as decimal USD without a trailing zero."""
    whole, rest = divmod(cost_usd_e9, 1_000_000_000)
    return (f"{whole}.{rest:09d}".rstrip("0").rstrip(".") or "0").encode()
