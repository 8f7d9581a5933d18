import os

import pytest

from narrowgate.supply.places import at_a_time
from narrowgate.supply.places.at_a_time import in_order


def who(number: int) -> tuple[int, int]:
    return number, os.getpid()


@pytest.mark.parametrize(("things", "processors", "is_here"), [(5, 4, True), (40, 1, True), (40, 3, False)])
def test_things_come_in_order_few_of_them_from_this_process(things: int, processors: int, is_here: bool) -> None:
    found = list(in_order(who, range(things), processors))
    assert [number for number, _ in found] == list(range(things))
    assert (os.getpid() in {pid for _, pid in found}) is is_here


def test_where_there_can_be_no_other_processes_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object) -> None:
        raise OSError

    monkeypatch.setattr(at_a_time, "ProcessPoolExecutor", refuse)
    assert {pid for _, pid in in_order(who, range(40), 3)} == {os.getpid()}


def halve(number: int) -> float:
    return 1 / (number - 20)


def test_what_goes_wrong_elsewhere_is_told_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(halve, range(40), 2))
