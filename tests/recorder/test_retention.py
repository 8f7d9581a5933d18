from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from narrowgate.adapters.store.rows import Filter
from narrowgate.adapters.store.store import Store
from narrowgate.config.schema import Journal
from narrowgate.recorder.retention import apply
from tests.adapters.store.test_store import record

DAY_MS = 86_400_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "db", lambda: 0)) as opened:
        yield opened


def test_rows_beyond_the_age_go(store: Store) -> None:
    store.ingest("s", 0, 1, [record(day * DAY_MS) for day in range(10)])
    assert apply(store, Journal(keep_days=3), 10 * 86_400) == 7
    assert len(store.usage_rows(Filter(), 100)) == 3


def test_the_oldest_go_when_there_are_too_many_bytes(store: Store) -> None:
    for batch in range(4):
        store.ingest("s", batch, batch + 1, [record(batch * 3_000 + n) for n in range(3_000)])
    apply(store, Journal(keep_days=36_500, keep_bytes=1_048_576), 1_000_000)
    assert store.used_bytes() <= 1_048_576
    assert apply(store, Journal(), 1_000_000) == 0


def test_a_budget_does_not_start_anew_when_its_calls_are_deleted(store: Store) -> None:
    store.ingest("s", 0, 1, [record(day * DAY_MS) for day in range(10)])
    before = store.spend(0)
    assert apply(store, Journal(keep_days=3), 10 * 86_400) == 7
    assert store.spend(0) == before == {"k": 50}
