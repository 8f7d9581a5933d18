"""Which header fields of a provider's answer a client gets to see."""

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
_DROPPED_PREFIXES = (b"access-control-", b"x-narrowgate-", b"cross-origin-")


def is_kept(name: bytes) -> bool:
    """Whether the client gets to see the field `name` (lower case)."""
    return name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)


def joined(lines: list[bytes]) -> bytes:
    """Return header lines as a block, each with its CRLF."""
    return b"\r\n".join(lines) + b"\r\n" if lines else b""


def usd(cost_usd_e9: int) -> bytes:
    """Return a cost as decimal USD without a trailing zero."""
    text = b"%d.%09d" % divmod(cost_usd_e9, 1_000_000_000)
    return text.rstrip(b"0").rstrip(b".") or b"0"
