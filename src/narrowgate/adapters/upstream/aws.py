"""Sign requests for AWS where the keys are: in the process that dials. Standard library only.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11).
"""

from collections.abc import Callable

from narrowgate.adapters.upstream.connection import Piece
from narrowgate.adapters.upstream.tokens.source import Source
from narrowgate.signing.sigv4 import Credentials, SignableRequest, sign

_SERVICE = "bedrock"


class AwsSigner:
    """Makes the header lines that prove one request; its body must be whole."""

    __slots__ = ("_host", "_region", "_unix_s", "source")

    def __init__(self, source: Source, region: str, host: str, unix_s: Callable[[], float]) -> None:
        self.source = source
        self._region = region
        self._host = host
        self._unix_s = unix_s

    def lines(self, request_line: bytes, body: Piece) -> bytes | None:
        """Return the header lines that go with a request line and a whole body, None while there are no credentials."""
        held = self.source.credential
        if held is None or not isinstance(held.value, Credentials):
            return None
        method, target, _ = request_line.decode("latin-1").split(" ", 2)
        path, _, query = target.partition("?")
        request = SignableRequest(method, path, query, (("host", self._host),), bytes(body))
        proof = sign(request, held.value, self._region, _SERVICE, int(self._unix_s()))
        return "".join(f"{name}: {value}\r\n" for name, value in proof).encode("latin-1")
