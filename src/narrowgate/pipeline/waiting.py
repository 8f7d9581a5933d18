"""Calls that wait for room at targets: bounded, those of each key in turn, interactive ones before the rest."""

from collections.abc import Callable

from narrowgate.policy.routing.settings import PriorityClass


class Waiter:
    """One call that waits. `go` is called when there may be room."""

    __slots__ = ("go", "is_waiting", "owner", "rank", "way")

    def __init__(self, way: str, owner: str, rank: int, go: Callable[[], None]) -> None:
        self.way = way
        self.owner = owner
        self.rank = rank
        self.go = go
        self.is_waiting = True


_Line = dict[str, list[Waiter]]  # by key: each key's calls in order, and the keys take turns


class WaitingRooms:
    """Who waits at one edge, by the name that was called. When a call ends, one of each room looks."""

    __slots__ = ("_most", "_rooms", "count")

    def __init__(self, most: int) -> None:
        self._most = most
        self._rooms: dict[str, tuple[_Line, ...]] = {}
        self.count = 0

    def has(self, way: str) -> bool:
        """Whether anybody waits there."""
        return way in self._rooms

    def join(
        self, way: str, owner: str, kind: PriorityClass, go: Callable[[], None], *, is_back: bool = False
    ) -> Waiter | None:
        """Wait for room at `way`; None when too many do. `is_back`: it had its turn in vain, and is the next again."""
        if self.count >= self._most:
            return None
        lines = self._rooms.setdefault(way, tuple({} for _ in PriorityClass))
        waiter = Waiter(way, owner, list(PriorityClass).index(kind), go)
        line = lines[waiter.rank]
        if is_back:
            lines[waiter.rank][owner] = mine = [waiter, *line.pop(owner, [])]
            others = {name: waiting for name, waiting in line.items() if waiting is not mine}
            line.clear()
            line[owner] = mine
            line.update(others)
        else:
            line.setdefault(owner, []).append(waiter)
        self.count += 1
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """Wait no longer."""
        if not waiter.is_waiting:
            return
        waiter.is_waiting = False
        self.count -= 1
        lines = self._rooms[waiter.way]
        line = lines[waiter.rank]
        line[waiter.owner].remove(waiter)
        if not line[waiter.owner]:
            del line[waiter.owner]
            if not any(lines):
                del self._rooms[waiter.way]

    def wake(self) -> None:
        """Something has become free: the next call of each room looks."""
        for lines in [*self._rooms.values()]:
            line = next(line for line in lines if line)
            owner = next(iter(line))
            line[owner] = line.pop(owner)  # to the end: the other keys come first now
            waiter = line[owner][0]
            self.leave(waiter)
            waiter.go()
