from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from narrowgate.adapters.store.store import Filter, Store, StoreUnavailable
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
    store.revoke_key("key_1")
    assert store.all_keys() == ()
    assert store.knows_digest("d1")
    assert store.create_key(new_key("key_2", "d2", "…", 5)).row > made.row


def test_a_rotated_key_keeps_everything_but_its_text(store: Store) -> None:
    store.create_key(new_key("key_1", "d1", "…a", 5))
    store.rotate_key("key_1", "d2", "…b")
    key = store.key("key_1")
    assert key is not None
    assert (key.digest, key.hint) == ("d2", "…b")


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


def test_spend_and_summary_count_unknown_costs_apart(store: Store) -> None:
    store.ingest("s", 0, 1, [record(1), record(2), record(3, cost=None), record(4, key="other")])
    assert store.spend(0) == {"k": 10, "other": 5}
    assert store.spend(2) == {"k": 5, "other": 5}
    assert store.summary(Filter(), "key_id") == [("k", 3, 45, 90, 10, 1), ("other", 1, 15, 30, 5, 0)]
    with pytest.raises(ValueError, match="not one of"):
        store.summary(Filter(), "1; DROP TABLE usage")


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
