"""Budget and rate counters that hold across the edges of one machine, in shared memory.

One row a virtual key, one column a writer. A reservation checks the sum over all columns and adds
to its own under a record lock on the row, so no two edges can pass a limit together; the kernel
gives the lock back when its holder dies. An edge that is alone takes no lock: the supervisor tells
it to, and waits until it does, before it starts another one. Settling touches only the writer's own column and needs
no lock: spend is added before the lease is taken away, so a reader in between sees too much, never
too little.
"""

import fcntl
import mmap
import os

from narrowgate.pipeline.ports import Verdict

COLUMNS = 33  # column 0 holds what the database knew at start; each writer has one of the others
_CELL = 5  # window, spent, leased, minute, count
_ROW = COLUMNS * _CELL
_WINDOW, _SPENT, _LEASED, _MINUTE, _COUNT = range(_CELL)
ROWS = 131_072
SIZE_BYTES = ROWS * _ROW * 8


class SharedCounters:
    """The table as one process sees it.

    `column` is this writer's own, 1 or more. `is_shared` is whether other writers may live.
    """

    def __init__(self, fd: int, column: int, columns: int) -> None:
        self._fd = fd
        self.is_shared = True
        self._column = column * _CELL
        self._span = columns * _CELL
        self._map = mmap.mmap(fd, SIZE_BYTES)
        self._cells = memoryview(self._map).cast("q")

    def reserve(  # noqa: C901 - the hot path passes plain numbers
        self, row: int, minute: int, rpm: int | None, window: int, limit: int | None, amount: int
    ) -> Verdict:
        """Count one call and lease `amount` (1e-9 USD) if neither limit is passed by that.

        `minute` is Unix time in minutes, `window` numbers the budget's window; `limit` and
        `rpm` None mean no such limit.
        """
        if row >= ROWS:
            return Verdict.OVER_BUDGET
        cells, start = self._cells, row * _ROW
        own = start + self._column
        is_shared = self.is_shared
        if is_shared:
            fcntl.lockf(self._fd, fcntl.LOCK_EX, 8, start * 8)
        try:
            count = used = 0
            values = cells[start : start + self._span].tolist()  # one read: each index of a view costs as much
            for at in range(0, self._span, _CELL):
                if values[at + _MINUTE] == minute:
                    count += values[at + _COUNT]
                if values[at] == window:
                    used += values[at + _SPENT]
                used += values[at + _LEASED]
            if rpm is not None and count >= rpm:
                return Verdict.RATE_LIMITED
            if limit is not None:
                if used + amount > limit:
                    return Verdict.OVER_BUDGET
                cells[own + _LEASED] += amount
            if cells[own + _MINUTE] == minute:
                cells[own + _COUNT] += 1
            else:
                cells[own + _COUNT] = 1
                cells[own + _MINUTE] = minute
        finally:
            if is_shared:
                fcntl.lockf(self._fd, fcntl.LOCK_UN, 8, start * 8)
        return Verdict.GRANTED

    def settle(self, row: int, window: int, leased: int, spent: int) -> None:
        """Turn a lease of `leased` into a spend of `spent` in `window`."""
        if row >= ROWS:
            return
        cells, own = self._cells, row * _ROW + self._column
        if cells[own] != window:
            cells[own + _SPENT] = 0
            cells[own] = window
        cells[own + _SPENT] += spent
        cells[own + _LEASED] -= leased

    def spent(self, row: int, window: int) -> int:
        """Return what is spent and leased on `row` in `window`."""
        start = row * _ROW
        cells = self._cells
        return sum(
            (cells[cell + _SPENT] if cells[cell] == window else 0) + cells[cell + _LEASED]
            for cell in range(start, start + self._span, _CELL)
        )

    def set_base(self, row: int, window: int, spent: int) -> None:
        """Tell what the database knew before any writer started (column 0)."""
        if row < ROWS:
            self._cells[row * _ROW] = window
            self._cells[row * _ROW + _SPENT] = spent

    def reclaim(self, rows: int) -> int:
        """Count the leases of a writer that died as spent; return their sum in 1e-9 USD.

        What its calls really cost is not known; counting them as spent keeps the limit.
        """
        total = 0
        for row in range(min(rows + 1, ROWS)):
            own = row * _ROW + self._column
            leased = self._cells[own + _LEASED]
            if leased:
                self._cells[own + _SPENT] += leased
                self._cells[own + _LEASED] = 0
                total += leased
        return total

    def close(self) -> None:
        """Let the table go."""
        self._cells.release()
        self._map.close()


def make_table(fd: int | None = None) -> int:
    """Return a descriptor of a fresh, zeroed table, made in the empty memory file `fd`."""
    if fd is None:
        fd = os.memfd_create("narrowgate-counters", os.MFD_CLOEXEC)
    os.ftruncate(fd, SIZE_BYTES)
    return fd
