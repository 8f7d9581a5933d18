"""What may be asked of a virtual key: the body of a create or change, checked as a whole."""

from decimal import Decimal, InvalidOperation

import msgspec

from narrowgate.identity.keys import BudgetWindow, VirtualKey
from narrowgate.identity.moments import unix_s
from narrowgate.model.inexpressible import Inexpressibles

_MOST_USD = 1_000_000_000
_MOST_RPM = 1_000_000_000
_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class KeyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fields of a create or change; those left out stay as they are. null removes a limit.

    `expires_at` is Unix seconds or RFC 3339 text.
    """

    name: str | msgspec.UnsetType = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    models: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    providers: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    budget_usd: str | int | float | msgspec.UnsetType | None = msgspec.UNSET
    budget_window: BudgetWindow | msgspec.UnsetType = msgspec.UNSET
    rpm: int | msgspec.UnsetType | None = msgspec.UNSET
    expires_at: int | str | msgspec.UnsetType | None = msgspec.UNSET
    inexpressible: Inexpressibles | msgspec.UnsetType | None = msgspec.UNSET


class BadKeyRequest(Exception):
    """The request cannot be carried out. `problems` are (field, sentence) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems))
        self.problems = problems


def apply_request(key: VirtualKey, request: KeyRequest) -> VirtualKey:  # noqa: C901, PLR0912 - one branch a field
    """Return `key` with what `request` sets.

    Raises:
        BadKeyRequest: names every field that is out of bounds.
    """
    problems: list[tuple[str, str]] = []
    changes: dict[str, object] = {}
    unset = msgspec.UNSET
    if request.name is not unset:
        changes["name"] = request.name
        if len(str(request.name)) > 200:
            problems.append(("name", "longer than 200 characters"))
    if request.enabled is not unset:
        changes["is_enabled"] = request.enabled
    for field in ("models", "providers"):
        names = getattr(request, field)
        if names is not unset:
            changes[field] = names
            problems += [(field, f"'{n}': a pattern may have '*' at its end only") for n in names if "*" in n[:-1]]
    if request.budget_usd is None:
        changes["budget_usd_e9"] = None
    elif request.budget_usd is not unset:
        try:
            changes["budget_usd_e9"] = usd_e9(str(request.budget_usd))
        except ValueError as error:
            problems.append(("budget_usd", str(error)))
    if request.budget_window is not unset:
        changes["budget_window"] = request.budget_window
    if request.inexpressible is not unset:
        changes["inexpressible"] = request.inexpressible
    if request.rpm is not unset:
        changes["rpm"] = request.rpm
        if isinstance(request.rpm, int) and not 0 <= request.rpm <= _MOST_RPM:
            problems.append(("rpm", f"not between 0 and {_MOST_RPM}"))
    if request.expires_at is None:
        changes["expires_at_s"] = None
    elif request.expires_at is not unset:
        try:
            changes["expires_at_s"] = unix_s(request.expires_at)
        except ValueError as error:
            problems.append(("expires_at", str(error)))
    if problems:
        raise BadKeyRequest(problems)
    return msgspec.structs.replace(key, **changes)


def usd_e9(text: str) -> int:
    """Return decimal USD as an integer of 1e-9 USD.

    Raises:
        ValueError: no number, negative, too large, or finer than 1e-9 USD.
    """
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text[:40]}' is not a decimal number of USD") from None
    if not amount.is_finite() or amount < 0 or amount > _MOST_USD:
        raise ValueError(f"'{text[:40]}' is not between 0 and {_MOST_USD} USD")
    scaled = int(amount.scaleb(9))
    # Compared as it was given: what arithmetic rounds to 28 digits would pass for exact.
    if Decimal(scaled).scaleb(-9) != amount:
        raise ValueError(f"'{text[:40]}' is finer than 0.000000001 USD")
    return scaled


def duration_s(text: str) -> int:
    """Return a duration such as `30d`, `12h`, `15m` or `2w` in seconds.

    Raises:
        ValueError: it is none.
    """
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 9) or unit not in _UNITS_S or not int(number):
        raise ValueError(f"'{text}' is not a duration such as 30d, 12h or 15m")
    return int(number) * _UNITS_S[unit]


def new_key(key_id: str, digest: str, hint: str, now_s: int) -> VirtualKey:
    """Return a key without any limit, to apply a request to."""
    return VirtualKey(id=key_id, row=0, name="", digest=digest, hint=hint, created_at_s=now_s)
