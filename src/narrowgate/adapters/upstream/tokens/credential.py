"""A credential that expires, and why there is none. Standard library only."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from narrowgate.signing.sigv4 import Credentials

_VISIBLE = re.compile(r"[\x21-\x7e]{1,16384}")
_CODE = re.compile(r"[A-Za-z0-9_]{1,60}")
_LONGEST_FILE_BYTES = 65_536
_LONGEST_LIFE_S = 86_400.0


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A bearer token, or an access key of AWS's. `expires_s` is Unix time, None for never."""

    value: str | Credentials
    expires_s: float | None


class Unobtainable(Exception):
    """There is no credential. The message holds no secret; `is_final` when trying again soon is of no use."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


def object_of(body: bytes, whose: str) -> dict[str, object]:
    """Return the JSON object in `body`.

    Raises:
        Unobtainable: it is none; `whose` says of whom.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unobtainable(f"{whose} did not answer with a JSON object")
    return document


def bearer(document: dict[str, object], now_s: float, whose: str) -> Credential:
    """Return the access token that an OAuth answer holds (RFC 6749 section 5.1; `expires_on` is Microsoft's).

    Raises:
        Unobtainable: it has none, or does not say for how long.
    """
    token = text(document, "access_token", whose)
    for name, start_s in (("expires_in", now_s), ("expires_on", 0.0)):
        seconds = document.get(name)
        if isinstance(seconds, int | str) and str(seconds).isdigit() and float(seconds):
            return Credential(token, min(start_s + float(seconds), now_s + _LONGEST_LIFE_S))
    raise Unobtainable(f"{whose} did not say how long its token is good for")


def text(document: dict[str, object], name: str, whose: str) -> str:
    """Return a member that can stand in a header.

    Raises:
        Unobtainable: it cannot, or is not there.
    """
    value = document.get(name)
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise Unobtainable(f"{whose} answered without {name}")
    return value


def refused(status: int, code: object, whose: str) -> Unobtainable:
    """Return what an answer that is no success comes to; `code` is the service's own word for it."""
    word = f" ({code})" if isinstance(code, str) and _CODE.fullmatch(code) else ""
    return Unobtainable(f"{whose} answered {status}{word}", is_final=400 <= status < 500 and status not in {408, 429})


def token_in(path: str) -> str:
    """Return the token in a file, as it is now: its issuer replaces it from time to time.

    Raises:
        Unobtainable: the file cannot be read, or holds none.
    """
    try:
        with Path(path).open("rb") as file:
            found = file.read(_LONGEST_FILE_BYTES).decode("latin-1").strip()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Unobtainable(f"the token file '{path}' cannot be read: {reason}") from None
    if not found:
        raise Unobtainable(f"the token file '{path}' is empty")
    return found
