import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from narrowgate.adapters.store.rows import Filter, usage_row
from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.adapters.store.tables import STEPS
from narrowgate.identity.requests import new_key
from narrowgate.model.record import CallRecord
from narrowgate.model.usage import Usage


def record(number: int, *, cost: int | None = 5, key: str = "k", fault: str = "") -> CallRecord:
    usage = Usage(1, 2, 3, 4, 5, 6, 7, 8, 9)
    return CallRecord(
        f"c{number:04}",
        number,
        key,
        "chat",
        "p",
        "m",
        "u",
        True,
        200,
        fault,
        usage,
        cost,
        False,
        1,
        2,
        3,
        1,
        4,
        5,
        "::1",
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "narrowgate.db", lambda: 1_000)
    yield opened
    opened.close()


def test_the_database_is_its_owners_alone(store: Store, tmp_path: Path) -> None:
    assert (tmp_path / "narrowgate.db").stat().st_mode & 0o777 == 0o600


def test_keys_survive_the_database(store: Store) -> None:
    key = msgspec.structs.replace(new_key("key_1", "d1", "…", 5), models=("a", "b*"), rpm=7, budget_usd_e9=9)
    made = store.create_key(key)
    assert made.row > 0
    assert store.all_keys() == (made,)
    assert store.key("key_1") == made


def test_a_key_cannot_be_made_twice(store: Store) -> None:
    store.create_key(new_key("key_1", "d1", "…", 5))
    with pytest.raises(ValueError, match="exists"):
        store.create_key(new_key("key_2", "d1", "…", 5))


def test_a_revoked_key_is_gone_but_its_text_cannot_come_back(store: Store) -> None:
    made = store.create_key(new_key("key_1", "d1", "…", 5))
    assert store.revoke_key("key_1")
    assert not store.revoke_key("key_1")
    assert store.rotate_key("key_1", "d9", "…") is None
    assert store.change_key("key_1", lambda key: key) is None
    assert store.all_keys() == ()
    assert store.knows_digest("d1")
    assert store.create_key(new_key("key_2", "d2", "…", 5)).row > made.row


def test_a_rotated_key_keeps_everything_but_its_text(store: Store) -> None:
    store.create_key(new_key("key_1", "d1", "…a", 5))
    key = store.rotate_key("key_1", "d2", "…b")
    assert key == store.key("key_1")
    assert key is not None
    assert (key.digest, key.hint) == ("d2", "…b")


def test_two_who_change_a_key_do_not_undo_each_other(store: Store, tmp_path: Path) -> None:
    store.create_key(new_key("key_1", "d1", "…", 5))
    other = Store(tmp_path / "narrowgate.db", lambda: 0)
    other.change_key("key_1", lambda key: msgspec.structs.replace(key, is_enabled=False))
    changed = store.change_key("key_1", lambda key: msgspec.structs.replace(key, rpm=5))
    other.close()
    assert changed == store.key("key_1")
    assert changed is not None
    assert (changed.is_enabled, changed.rpm) == (False, 5)


def test_a_change_that_is_refused_changes_nothing(store: Store) -> None:
    made = store.create_key(new_key("key_1", "d1", "…", 5))

    def refuse(_key: object) -> NoReturn:
        raise LookupError

    with pytest.raises(LookupError):
        store.change_key("key_1", refuse)
    assert store.key("key_1") == made
    store.set_meta("not", "stuck")


def test_ingest_is_all_or_nothing_and_only_from_where_it_stands(store: Store) -> None:
    assert store.ingest("s", 0, 10, [record(1), record(2)]) == 2
    assert store.ingest("s", 0, 10, [record(3)]) == 0
    assert store.ingest("s", 10, 20, [record(2), record(3)]) == 1
    assert store.offset("s") == 20
    assert len(store.usage_rows(Filter(), 10)) == 3


def test_a_row_is_the_record_it_was(store: Store) -> None:
    store.ingest("s", 0, 1, [record(1), msgspec.structs.replace(record(2), usage=None, cost_usd_e9=None)])
    first, second = store.usage_rows(Filter(), 10)[::-1]
    assert first == record(1)
    assert (second.usage, second.cost_usd_e9) == (None, None)


def test_rows_can_be_filtered_and_paged(store: Store) -> None:
    store.ingest("s", 0, 1, [record(n, key="a" if n % 2 else "b", fault="x" if n == 4 else "") for n in range(10)])
    assert [row.call_id for row in store.usage_rows(Filter(key_id="a"), 2)] == ["c0009", "c0007"]
    assert [row.call_id for row in store.usage_rows(Filter(key_id="a", before=(7, "c0007")), 2)] == ["c0005", "c0003"]
    assert [row.call_id for row in store.usage_rows(Filter(is_failed=True), 5)] == ["c0004"]
    assert [row.call_id for row in store.usage_rows(Filter(since_ms=8), 5)] == ["c0009", "c0008"]


def test_what_a_budget_counted_for_a_call_of_unknown_cost_is_spent(store: Store) -> None:
    unknown = msgspec.structs.replace(record(1, cost=None), counted_usd_e9=70)
    store.ingest("s", 0, 9, [unknown, record(2, cost=None), record(3, cost=2)])
    assert store.spend(0) == {"k": 72}


def test_spend_and_summary_count_unknown_costs_apart(store: Store) -> None:
    store.ingest("s", 0, 1, [record(1), record(2), record(3, cost=None), record(4, key="other")])
    assert store.spend(0) == {"k": 10, "other": 5}
    assert store.spend(86_400_000) == {}
    assert store.summary(Filter(), "key_id") == [("k", 3, 45, 90, 10, 1), ("other", 1, 15, 30, 5, 0)]
    with pytest.raises(ValueError, match="not one of"):
        store.summary(Filter(), "1; DROP TABLE usage")


def test_what_was_spent_outlives_the_calls_and_counts_each_once(store: Store) -> None:
    day_ms = 86_400_000
    calls = [record(day * day_ms + 7) for day in range(4)]
    store.ingest("s", 0, 1, calls)
    store.ingest("s", 1, 2, calls)
    store.delete_usage(3 * day_ms, 10)
    assert store.spend(0) == {"k": 20}
    assert store.spend(2 * day_ms) == {"k": 10}


def test_an_older_database_is_brought_up_to_date_with_what_was_spent(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path, isolation_level=None)
    old.executescript(STEPS[0] + "PRAGMA user_version = 1;")
    for call in (record(1), record(2, cost=None), record(86_400_000)):
        row = usage_row(call)[:28]  # what there was of it then
        old.execute(f"INSERT INTO usage VALUES ({', '.join('?' * 28)})", row)
    old.close()
    store = Store(path, lambda: 0)
    assert store.spend(0) == {"k": 10}
    assert store.spend(86_400_000) == {"k": 5}
    store.close()


def test_many_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    def opened(_number: int) -> int:
        store = Store(tmp_path / "new.db", lambda: 0)
        number = store.next_writer_number()
        store.close()
        return number

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(opened, range(8))) == list(range(1, 9))


def test_a_full_disk_undoes_the_whole_step_and_the_next_one_works(store: Store) -> None:
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    calls = [record(number) for number in range(2_000)]
    with pytest.raises(StoreUnavailable, match="full"):
        store.ingest("s", 0, 1, calls)
    assert (store.offset("s"), store.spend(0), store.usage_rows(Filter(), 1)) == (0, {}, [])
    store._db.execute("PRAGMA max_page_count = 1000000")
    assert store.ingest("s", 0, 1, calls) == 2_000
    assert store.spend(0) == {"k": 10_000}


def test_unused_pages_go_back_to_the_disk(store: Store) -> None:
    store.ingest("s", 0, 1, [record(number) for number in range(2_000)])
    store.delete_usage(10_000, 2_000)
    unused = store.unused_pages()
    assert unused > 10
    store.give_back(10)
    assert store.unused_pages() == unused - 10


def test_writer_numbers_are_never_the_same(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "narrowgate.db", lambda: 0)
    numbers = [one.next_writer_number() for one in (store, other, store, other)]
    assert len(set(numbers)) == 4
    other.close()


def test_changes_of_others_are_noticed(store: Store, tmp_path: Path) -> None:
    before = store.data_version()
    other = Store(tmp_path / "narrowgate.db", lambda: 0)
    other.set_meta("a", "b")
    assert store.data_version() != before
    assert store.meta("a") == "b"
    other.close()


def test_a_database_of_a_newer_version_is_left_alone(store: Store, tmp_path: Path) -> None:
    store._db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreUnavailable, match="newer"):
        Store(tmp_path / "narrowgate.db", lambda: 0)


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable, match=r"x\.db"):
        Store(tmp_path / "x.db", lambda: 0)


def test_old_rows_are_deleted_in_batches(store: Store) -> None:
    store.ingest("s", 0, 1, [record(n) for n in range(10)])
    assert store.delete_usage(5, 3) == 3
    assert store.delete_usage(5, 30) == 2
    assert store.used_bytes() > 0
