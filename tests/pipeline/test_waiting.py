from narrowgate.pipeline.waiting import Waiter, WaitingRooms
from narrowgate.policy.routing.settings import PriorityClass

FIRST, LATER = PriorityClass.INTERACTIVE, PriorityClass.BATCH


class Rooms:
    def __init__(self, most: int = 100) -> None:
        self.rooms = WaitingRooms(most)
        self.went: list[str] = []

    def join(
        self, name: str, owner: str, kind: PriorityClass = FIRST, *, way: str = "w", is_back: bool = False
    ) -> Waiter:
        waiter = self.rooms.join(way, owner, kind, lambda: self.went.append(name), is_back=is_back)
        assert waiter is not None
        return waiter

    def wake(self, times: int) -> list[str]:
        for _ in range(times):
            self.rooms.wake()
        return self.went


def test_keys_take_turns_and_each_keeps_its_order() -> None:
    rooms = Rooms()
    for number in range(3):
        rooms.join(f"a{number}", "a")
    rooms.join("b0", "b")
    assert rooms.rooms.has("w")
    assert rooms.wake(9) == ["a0", "b0", "a1", "a2"]
    assert not rooms.rooms.has("w")
    assert rooms.rooms.count == 0


def test_batches_wait_for_everybody_else() -> None:
    rooms = Rooms()
    rooms.join("batch", "a", LATER)
    rooms.join("person", "b")
    assert rooms.wake(2) == ["person", "batch"]


def test_in_each_room_one_is_woken() -> None:
    rooms = Rooms()
    rooms.join("one", "a", way="x")
    rooms.join("other", "a", way="y")
    assert sorted(rooms.wake(1)) == ["one", "other"]


def test_who_left_is_not_called_and_who_had_no_luck_is_the_next() -> None:
    rooms = Rooms()
    gone = rooms.join("gone", "a")
    rooms.join("a", "a")
    rooms.rooms.leave(gone)
    rooms.rooms.leave(gone)
    rooms.join("b", "b")
    rooms.join("unlucky", "b", is_back=True)
    assert rooms.wake(3) == ["unlucky", "a", "b"]


def test_no_more_wait_than_may() -> None:
    rooms = Rooms(1)
    rooms.join("a", "a")
    assert rooms.rooms.join("w", "b", FIRST, lambda: None) is None
