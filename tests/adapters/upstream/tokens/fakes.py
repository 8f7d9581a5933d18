"""Token endpoints that answer what a test says."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from urllib.parse import parse_qs

import pytest

from narrowgate.adapters.upstream.tokens.ask import Answer, Headers
from narrowgate.adapters.upstream.tokens.credential import Credential, Unobtainable

NOW_S = 1_790_000_000.0


class Asked:
    """Implements Ask: gives `answers` in order, remembers what was asked."""

    def __init__(self, *answers: object, status: int = 200) -> None:
        self._answers = [one if isinstance(one, Answer) else answer(one, status) for one in answers]
        self.urls: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Answer:
        self.urls.append(f"{method} {url}")
        self.headers.append(dict(headers))
        self.bodies.append(body)
        return self._answers.pop(0)

    def fields(self, at: int = 0) -> dict[str, str]:
        """Return a form that was sent."""
        return {name: one[0] for name, one in parse_qs(self.bodies[at].decode()).items()}


def answer(document: object, status: int = 200) -> Answer:
    """Return an answer: text as it is, else JSON."""
    return Answer(status, document.encode() if isinstance(document, str) else json.dumps(document).encode())


def chance(count: int) -> bytes:
    """Return bytes that are not by chance."""
    return bytes(range(7, 7 + count % 200)).ljust(count, b"\x11")


def got(coroutine: Coroutine[object, object, Credential]) -> Credential:
    """Return what is obtained."""
    return asyncio.run(coroutine)


def reason(coroutine: Coroutine[object, object, Credential], *words: str) -> Unobtainable:
    """Return why nothing is obtained; its text holds `words`."""
    with pytest.raises(Unobtainable) as caught:
        asyncio.run(coroutine)
    text = str(caught.value)
    assert all(word in text for word in words), text
    return caught.value


def never(secrets: Sequence[str], error: Unobtainable) -> None:
    """Assert that no secret is told."""
    assert not [secret for secret in secrets if secret in str(error)]
