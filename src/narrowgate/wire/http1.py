"""Write HTTP/1.1 answers, and the rules on request heads that the parser leaves to us.

Source: RFC 9110, RFC 9112 (read 2026-11).
"""

from http import HTTPStatus

_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {499: "Client Closed Request"}
_STATUS_LINES = {status: f"HTTP/1.1 {status} {phrase}\r\n".encode() for status, phrase in _PHRASES.items()}

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"

# A second one of these makes a request mean two things to two readers.
SINGLE = frozenset(
    {
        b"host",
        b"content-length",
        b"transfer-encoding",
        b"content-type",
        b"content-encoding",
        b"authorization",
        b"x-api-key",
        b"api-key",
        b"x-goog-api-key",
        b"expect",
    }
)


def status_line(status: int) -> bytes:
    """Return the status line, CRLF included."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d Status\r\n" % status


def chunk(data: bytes) -> bytes:
    """Return `data` (not empty) as one chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def framing_complaint(headers: dict[bytes, bytes], version: str) -> str:
    """Say what is ambiguous about where a request's body ends, or nothing.

    Stricter than RFC 9112 section 6.3: whatever two implementations might read differently is
    refused, since behind a proxy the difference is a request nobody checked.
    """
    if version not in {"1.1", "1.0"}:
        return "this version of HTTP is not spoken here"
    coding = headers.get(b"transfer-encoding")
    if coding is not None:
        if coding.lower() != b"chunked":
            return "transfer-encoding other than 'chunked' is not accepted"
        if b"content-length" in headers:
            return "a request with both content-length and transfer-encoding is not accepted"
        if version != "1.1":
            return "a chunked request in HTTP/1.0 is not accepted"
    length = headers.get(b"content-length")
    if length is not None and not (length.isdigit() and len(length) <= 15):
        return "content-length is not a decimal number"
    if version == "1.1" and b"host" not in headers:
        return "the host header is missing"
    return ""
