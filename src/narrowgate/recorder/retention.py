"""Keep the database within its bounds of age and size."""

from narrowgate.adapters.store.store import Store
from narrowgate.config.schema import Journal

_BATCH = 5_000
_MOST_BATCHES = 20
_DAY_MS = 86_400_000


def apply(store: Store, bounds: Journal, now_s: int) -> int:
    """Delete usage rows that are too old, and the oldest while there are too many bytes.

    Works in small batches, so that the recorder is never away for long; what is left is done by
    the next call. Returns how many rows went.

    Raises:
        StoreUnavailable: the database cannot be used.
    """
    horizon_ms = now_s * 1_000 - bounds.keep_days * _DAY_MS
    deleted = 0
    for _ in range(_MOST_BATCHES):
        count = store.delete_usage(horizon_ms, _BATCH)
        deleted += count
        if count < _BATCH:
            break
    for _ in range(_MOST_BATCHES):
        if store.used_bytes() <= bounds.keep_bytes:
            break
        count = store.delete_usage(now_s * 1_000, _BATCH)
        deleted += count
        if not count:
            break
    return deleted
