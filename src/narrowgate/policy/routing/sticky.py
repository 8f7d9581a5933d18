"""Calls that share a session or the beginning of a prompt go to one target, where it is cached.

Which one follows from the names of the targets alone, so that all edges and replicas agree without a word. Only where
a call had to go elsewhere is that remembered: what it warmed there is used while it lasts.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import log
from typing import Protocol, TypeVar

_MOST = 20_000
PREFIX_BYTES = 4_096  # some 1,024 tokens, less than which providers do not cache
_PROMPT = (
    b"tools", b"system", b"instructions", b"systemInstruction", b"system_instruction", b"messages", b"input",
    b"contents", b"prompt",
)  # fmt: skip


class Place(Protocol):
    """Where calls can go."""

    @property
    def seed(self) -> bytes:
        """Its name, the same in all edges."""

    @property
    def weight(self) -> float:
        """Its share."""


T = TypeVar("T", bound=Place)


def ranked(mark: bytes, places: Sequence[T]) -> T:
    """Return the place for calls with `mark`: weighted rendezvous hashing.

    Source: https://www.snia.org/sites/default/files/SDC15_presentations/dist_sys/Jason_Resch_New_Consistent_Hashings_Rev.pdf
    (read 2026-11).
    """
    return max(places, key=lambda place: _score(mark, place))


def _score(mark: bytes, place: Place) -> float:
    number = int.from_bytes(blake2b(place.seed, digest_size=7, key=mark).digest(), "big")
    return -place.weight / log((number + 1) / ((1 << 56) + 2))


def prefix_mark(fields: Mapping[bytes, bytes]) -> bytes | None:
    """Return what calls with the same beginning of their prompt share, None for a prompt too short to be cached.

    `fields` are the members of the request's body as JSON. Providers cache in the order tools, system, messages.
    """
    begin = b""
    for name in _PROMPT:
        if name in fields:
            begin += fields[name][: PREFIX_BYTES - len(begin)]
            if len(begin) >= PREFIX_BYTES:
                return blake2b(begin, digest_size=16).digest()
    return None


def session_mark(text: bytes) -> bytes:
    """Return what the calls of a session share."""
    return blake2b(text, digest_size=16).digest()


class Moved:
    """Where calls went that could not go where they belong. Times in Unix milliseconds."""

    def __init__(self, ttl_ms: int) -> None:
        self._ttl_ms = ttl_ms
        self._known: dict[bytes, tuple[int, int]] = {}

    def find(self, mark: bytes, now_ms: int) -> int | None:
        """Return the index of the target that calls with `mark` moved to, None when they did not."""
        known = self._known.get(mark)
        if known is None:
            return None
        if known[1] <= now_ms:
            del self._known[mark]
            return None
        return known[0]

    def note(self, mark: bytes, index: int, now_ms: int) -> None:
        """Remember, or remember for longer; of too many the oldest is forgotten."""
        self._known.pop(mark, None)
        if len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[mark] = (index, now_ms + self._ttl_ms)
