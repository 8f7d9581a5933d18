"""Virtual keys: what a client presents, stored only as a hash."""

import hashlib
import hmac
from collections.abc import Callable
from enum import Enum

import msgspec

from narrowgate.model.inexpressible import Inexpressibles

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX = "sk-ng-"
_RANDOM_BYTES = 32  # 256 bits: a plain SHA-256 of the key is then as strong as a slow hash


class BudgetWindow(Enum):
    """When a budget starts anew, in UTC."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


class VirtualKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a virtual key may do.

    `digest` is the SHA-256 of the key text in hex; the text itself is stored nowhere.
    `row` numbers the key for the shared counters, from 1, and is never used again.
    `models` and `providers` are allow lists of exact names or patterns ending in `*`;
    empty allows all. `expires_at_s` is Unix time. `budget_usd_e9` is in 1e-9 USD. `inexpressible` says what
    becomes of parameters that a provider cannot be told, None that the configuration does.
    """

    id: str
    row: int
    name: str
    digest: str
    hint: str
    created_at_s: int
    is_enabled: bool = True
    expires_at_s: int | None = None
    models: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    budget_usd_e9: int | None = None
    budget_window: BudgetWindow = BudgetWindow.MONTH
    rpm: int | None = None
    inexpressible: Inexpressibles | None = None


def new_key_text(random_bytes: Callable[[int], bytes]) -> str:
    """Return a fresh key like `sk-ng-…`, 256 bits from `random_bytes`."""
    number = int.from_bytes(random_bytes(_RANDOM_BYTES), "big")
    digits: list[str] = []
    for _ in range(43):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return _PREFIX + "".join(digits)


def digest_of(key_text: bytes) -> bytes:
    """Return the SHA-256 digest by which a presented key is looked up (32 bytes)."""
    return hashlib.sha256(key_text).digest()


def hint_of(key_text: str) -> str:
    """Return what may be shown of a key: its last four characters, or nothing of a short one."""
    return "…" + key_text[-4:] if len(key_text) >= 20 else "…"


def aws_secret_of(digest: bytes) -> str:
    """Return the secret access key that goes with a virtual key's id, for clients that sign as AWS's do.

    It is derived, so that whoever has the key can compute it and nothing more need be stored. Who reads
    the stored digests could compute it too, which is why signatures count only where configured.
    """
    return hmac.new(digest, b"aws signature version 4", hashlib.sha256).hexdigest()
