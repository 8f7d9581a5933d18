"""Send an access token with each request where the tokens are: in the process that dials. Standard library only."""

from narrowgate.adapters.upstream.connection import Piece
from narrowgate.adapters.upstream.tokens.source import Source


class Bearer:
    """Makes the header line that carries the token of the moment (RFC 6750 section 2.1)."""

    __slots__ = ("source",)

    def __init__(self, source: Source) -> None:
        self.source = source

    def lines(self, _request_line: bytes, _body: Piece) -> bytes | None:
        """Return the header line to put behind a request line, None while there is no token."""
        held = self.source.credential
        return None if held is None else f"authorization: Bearer {held.value}\r\n".encode("latin-1")
