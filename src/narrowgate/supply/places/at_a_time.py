"""Examine many distributions at a time, on all processors: parsing is what takes the time."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

_FEW = 12  # are done before other processes are there
_MOST_PROCESSES = 16

A = TypeVar("A")
B = TypeVar("B")


def in_order(work: Callable[[A], B], things: Sequence[A], processors: int | None = None) -> Iterator[B]:
    """Yield what `work`, a function of a module, makes of each of `things`, in their order.

    `processors` is how many there are, left out: those of this machine.
    """
    pool = _pool(min(processors or os.cpu_count() or 1, _MOST_PROCESSES)) if len(things) > _FEW else None
    if pool is None:
        yield from map(work, things)
        return
    with pool:
        yield from pool.map(work, things)


def _pool(processes: int) -> ProcessPoolExecutor | None:
    """Return processes that work, None where there can be none (no second processor, no shared memory)."""
    # Forked, not started anew: what was imported is there, also in a sealed file.
    if processes < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return None
    try:
        return ProcessPoolExecutor(processes, multiprocessing.get_context("fork"))
    except (ImportError, NotImplementedError, OSError):
        return None
