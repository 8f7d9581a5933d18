"""Keep the database within its bounds of age and size."""

from narrowgate.adapters.store.store import Store
from narrowgate.config.schema import Journal

_BATCH = 5_000
_MOST_BATCHES = 20
_DAY_MS = 86_400_000
# Unused pages that are kept for the rows to come, and the most that are given back at a time (of 4 KiB).
_SPARE_PAGES = 4_096
_MOST_PAGES = 4_096


def apply(store: Store, bounds: Journal, now_s: int) -> int:
    """Delete usage rows that are too old, and the oldest while there are too many bytes.

    What keys have spent stays known: see `Store.spend`. Works in small batches, so that the
    recorder is never away for long; what is left is done by the next call. Returns how many rows
    went.

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
    unused = store.unused_pages()
    if unused > _SPARE_PAGES:
        store.give_back(min(unused - _SPARE_PAGES, _MOST_PAGES))
    return deleted
