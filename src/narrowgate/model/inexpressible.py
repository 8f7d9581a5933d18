"""What becomes of a parameter that the chosen provider cannot be told."""

from enum import Enum


class Inexpressibles(Enum):
    """What happens to a parameter that the chosen provider cannot be told."""

    REFUSE = "refuse"
    DROP = "drop"


def policy_of(configured: Inexpressibles, of_key: Inexpressibles | None, wanted: str | None) -> Inexpressibles:
    """Return what holds for one call; `wanted` is what its request says, None for nothing.

    A key that refuses always refuses. Otherwise the request decides, then the key, then the configuration.
    """
    if of_key is Inexpressibles.REFUSE:
        return of_key
    if wanted is not None:
        return Inexpressibles.DROP if wanted.strip().lower() == "drop" else Inexpressibles.REFUSE
    return of_key or configured
