import asyncio
from collections.abc import Callable

from narrowgate.adapters.server.turn import Turn, at_once


class Connection:
    def __init__(self, said: list[str], name: str, *, is_broken: bool = False) -> None:
        self.said = said
        self.name = name
        self.is_broken = is_broken

    def take(self, data: bytes) -> None:
        if self.is_broken:
            raise ValueError
        self.said.append(f"{self.name}: {data.decode()}")

    def abandon(self) -> None:
        self.said.append(f"{self.name} abandoned")


def test_what_comes_in_one_turn_is_taken_in_its_order_and_in_one_stretch() -> None:
    said: list[str] = []

    def within(work: Callable[[], None]) -> None:
        said.append("begins")
        work()
        said.append("ends")

    async def run() -> None:
        turn = Turn(within)
        one, other = Connection(said, "one"), Connection(said, "other")
        turn.add(one, b"a")
        turn.add(other, b"b")
        turn.add(one, b"c")
        assert said == []
        await asyncio.sleep(0)
        turn.add(one, b"d")
        await asyncio.sleep(0)

    asyncio.run(run())
    assert said == ["begins", "one: a", "other: b", "one: c", "ends", "begins", "one: d", "ends"]


def test_a_bug_met_by_one_client_costs_no_other_its_request_and_is_reported() -> None:
    said: list[str] = []
    reports: list[object] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reports.append(context["exception"]))
        turn = Turn(at_once)
        turn.add(Connection(said, "one", is_broken=True), b"a")
        turn.add(Connection(said, "other"), b"b")
        await asyncio.sleep(0)

    asyncio.run(run())
    assert said == ["one abandoned", "other: b"]
    assert [type(report) for report in reports] == [ValueError]
