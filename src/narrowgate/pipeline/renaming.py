"""A client as a relay sees it, to whom the responses of a provider go by other names."""

import re
from collections.abc import Callable

import msgspec

from narrowgate.pipeline.ports import Client

# The object of a response in an event: whatever stands before its id is short and flat.
_IN_EVENT = re.compile(rb'"response"\s*:\s*\{(?:[^{}\[\]]{0,500}?,)?\s*"id"\s*:\s*"([\x21\x23-\x5b\x5d-\x7e]{1,512})"')


class _Body(msgspec.Struct):
    id: str | None = None
    object: str | None = None
    previous_response_id: str | None = None


_BODY = msgspec.json.Decoder(_Body)


class Renaming:
    """Implements `Client`. Every other byte passes as it is.

    `rename` returns a new name; `names` are those known already, by the provider's.
    """

    __slots__ = ("_client", "_has_length", "_knew_some", "_names", "_rename")

    def __init__(self, client: Client, rename: Callable[[str], str], names: dict[str, str]) -> None:
        self._client = client
        self._rename = rename
        self._names = {f'"{raw}"'.encode(): f'"{text}"'.encode() for raw, text in names.items()}
        self._knew_some = bool(names)
        self._has_length = False

    @property
    def address(self) -> str:
        """Where the client is."""
        return self._client.address

    def whole(self, status: int, lines: bytes, body: bytes) -> bytes:
        """Return the bytes of a whole answer."""
        return self._client.whole(status, lines, self._in_body(body))

    def begin(self, status: int, lines: bytes, length: int | None) -> None:
        """Send the head of an answer; one whose length is told already passes as it is."""
        self._has_length = length is not None
        self._client.begin(status, lines, length)

    def piece(self, data: bytes) -> None:
        """Send whole events."""
        self._client.piece(self._in_events(data))

    def framed(self, data: bytes) -> bytes:
        """Return whole events as `piece` would send them."""
        return self._client.framed(self._in_events(data))

    def last(self) -> bytes:
        """Return the bytes that end the body."""
        return self._client.last()

    def deliver(self, data: bytes) -> None:
        """Send the last bytes of the answer."""
        self._client.deliver(data)

    def close_after(self) -> None:
        """Close the connection after what is delivered next."""
        self._client.close_after()

    def pause_upload(self) -> None:
        """Stop reading the request body."""
        self._client.pause_upload()

    def resume_upload(self) -> None:
        """Go on reading the request body."""
        self._client.resume_upload()

    def _in_body(self, body: bytes) -> bytes:
        try:
            found = _BODY.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._renamed(body)  # an error in another shape; the name asked for may be in it
        if found.id and (found.object or "").startswith("response"):
            self._learn(found.id)
        # Providers repeat the name that the request had; one that nobody gave is no name of a response of ours.
        if found.previous_response_id and self._knew_some:
            self._learn(found.previous_response_id)
        return self._renamed(body)

    def _in_events(self, data: bytes) -> bytes:
        if self._has_length:
            return data
        if b'"response"' in data:
            for match in _IN_EVENT.finditer(data):
                self._learn(match[1].decode("ascii"))
        return self._renamed(data)

    def _learn(self, raw: str) -> None:
        quoted = f'"{raw}"'.encode()
        if quoted not in self._names and quoted not in self._names.values():
            self._names[quoted] = f'"{self._rename(raw)}"'.encode()

    def _renamed(self, data: bytes) -> bytes:
        for raw, text in self._names.items():
            if raw in data:
                data = data.replace(raw, text)
        return data
