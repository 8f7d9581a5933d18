import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowgate.adapters.store.store import Store
from narrowgate.control.benches import BenchApi
from narrowgate.control.queries import Query
from narrowgate.model.bench import Bench
from narrowgate.model.fault import Failed

NOW_S = 1_700_000_000
NAMES = frozenset({"target", "key"})


class Clocked:
    now_s = NOW_S

    def __init__(self, path: Path) -> None:
        self.store = Store(path, lambda: self.now_s)
        self.api = BenchApi(self.store, lambda: self.now_s)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Clocked]:
    clocked = Clocked(tmp_path / "db")
    yield clocked
    clocked.store.close()


def test_a_bench_holds_until_its_time_and_edges_hear_of_it(made: Clocked) -> None:
    made.api.add(json.dumps({"target": "p/m", "for_s": 600, "why": "maintenance"}).encode())
    made.api.add(b'{"target": "p/m", "key": "a"}')
    first, second = made.api.take().benches
    assert first == Bench("p/m", None, (NOW_S + 600) * 1_000, "maintenance")
    assert second.key == "a"
    assert made.api.list()[0] == {"target": "p/m", "key": None, "until": "2023-11-14T22:23:20Z", "why": "maintenance"}
    made.now_s += 600
    assert [bench["key"] for bench in made.api.list()] == ["a"]


def test_lifting_is_told_once_even_of_what_was_not_benched(made: Clocked) -> None:
    made.api.add(b'{"target": "p/m"}')
    made.api.add(b'{"target": "p/m", "key": "a"}')
    assert made.api.lift(Query("target=p/m&key=a", NAMES))["was_benched"] is True
    assert made.api.lift(Query("target=other/x", NAMES))["was_benched"] is False
    told = made.api.take()
    assert [bench.key for bench in told.benches] == [None]
    assert [(bench.target, bench.key) for bench in told.lifted] == [("p/m", "a"), ("other/x", None)]
    assert made.api.take().lifted == ()
    made.api.lift(Query("target=p/m", NAMES))
    assert made.api.list() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"target": "p"}',
        b'{"target": "/m"}',
        b'{"target": "p/m", "for_s": 0}',
        b'{"target": "p/m", "x": 1}',
        b'{"target": "p/m", "for_s": "1"}',
        b'{"target": 1}',
    ],
)
def test_what_is_no_bench_is_refused_with_what_would_be(made: Clocked, body: bytes) -> None:
    with pytest.raises(Failed) as caught:
        made.api.add(body)
    assert caught.value.fault.kind.value == "bad_request"
    assert made.api.list() == []


def test_a_target_must_be_named(made: Clocked) -> None:
    for query in ("", "target=p", "target=p/m&key=" + "x" * 400):
        with pytest.raises(Failed):
            made.api.lift(Query(query, NAMES))


def test_there_is_a_bound(made: Clocked) -> None:
    for number in range(1_000):
        made.store.set_bench(Bench(f"p/{number}", None, (NOW_S + 9) * 1_000, ""))
    with pytest.raises(Failed, match="lift some"):
        made.api.add(b'{"target": "p/m"}')
