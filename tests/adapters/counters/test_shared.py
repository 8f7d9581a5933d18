import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.counters.shared import SharedCounters, make_table
from narrowgate.pipeline.ports import Verdict

LIMIT = 100


@pytest.fixture
def table() -> Iterator[int]:
    fd = make_table()
    yield fd
    os.close(fd)


def test_what_others_hold_counts(table: int) -> None:
    first, second = (SharedCounters(table, column, 3) for column in (1, 2))
    assert first.reserve(1, 1, None, 1, LIMIT, 60) is Verdict.GRANTED
    assert second.reserve(1, 1, None, 1, LIMIT, 60) is Verdict.OVER_BUDGET
    first.settle(1, 1, 60, 10)
    assert second.reserve(1, 1, None, 1, LIMIT, 60) is Verdict.GRANTED
    assert first.spent(1, 1) == 70


def test_a_new_window_starts_anew_but_open_leases_stay(table: int) -> None:
    counters = SharedCounters(table, 1, 2)
    counters.reserve(1, 1, None, 1, LIMIT, 90)
    counters.settle(1, 1, 90, 90)
    assert counters.reserve(1, 1, None, 1, LIMIT, 20) is Verdict.OVER_BUDGET
    assert counters.reserve(1, 1, None, 2, LIMIT, 90) is Verdict.GRANTED
    assert counters.reserve(1, 1, None, 2, LIMIT, 20) is Verdict.OVER_BUDGET


def test_calls_a_minute_hold_across_columns(table: int) -> None:
    first, second = (SharedCounters(table, column, 3) for column in (1, 2))
    granted = [one.reserve(1, 7, 3, 1, None, 0) for one in (first, second, first, second)]
    assert granted == [Verdict.GRANTED] * 3 + [Verdict.RATE_LIMITED]
    assert second.reserve(1, 8, 3, 1, None, 0) is Verdict.GRANTED


def test_what_the_database_knew_counts(table: int) -> None:
    SharedCounters(table, 0, 1).set_base(1, 5, 90)
    assert SharedCounters(table, 1, 2).reserve(1, 1, None, 5, LIMIT, 20) is Verdict.OVER_BUDGET
    assert SharedCounters(table, 1, 2).reserve(1, 1, None, 6, LIMIT, 20) is Verdict.GRANTED


def test_leases_of_the_dead_are_counted_as_spent(table: int) -> None:
    SharedCounters(table, 1, 2).reserve(1, 1, None, 1, LIMIT, 40)
    again = SharedCounters(table, 1, 2)
    again.settle(1, 1, 0, 0)
    assert again.reclaim(10) == 40
    assert again.spent(1, 1) == 40


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.booleans(), st.integers(0, 60), st.integers(0, 60)),
        max_size=40,
    )
)
def test_spent_and_leased_never_pass_the_limit(steps: list[tuple[int, bool, int, int]]) -> None:
    fd = make_table()
    writers = {column: SharedCounters(fd, column, 4) for column in (1, 2, 3)}
    leases: dict[int, list[int]] = {1: [], 2: [], 3: []}
    for column, is_settling, amount, cost in steps:
        writer = writers[column]
        if is_settling and leases[column]:
            lease = leases[column].pop()
            writer.settle(1, 1, lease, min(cost, lease))
        elif writer.reserve(1, 1, None, 1, LIMIT, amount) is Verdict.GRANTED:
            leases[column].append(amount)
        assert writer.spent(1, 1) <= LIMIT
    for writer in writers.values():
        writer.close()
    os.close(fd)


@pytest.mark.slow
def test_processes_together_never_pass_the_limit(table: int) -> None:
    children = []
    for column in range(1, 5):
        pid = os.fork()
        if not pid:
            counters = SharedCounters(table, column, 5)
            granted = sum(counters.reserve(1, 1, 1_000, 1, None, 0) is Verdict.GRANTED for _ in range(500))
            os._exit(granted // 4)
        children.append(pid)
    granted = sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) * 4 for pid in children)
    assert 1_000 - 12 <= granted <= 1_000
