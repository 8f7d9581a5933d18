from collections import Counter
from dataclasses import dataclass

from narrowgate.policy.routing.sticky import PREFIX_BYTES, Moved, prefix_mark, ranked, session_mark

NOW = 1_700_000_000_000


@dataclass
class Place:
    seed: bytes
    weight: float = 1.0


def test_sessions_spread_by_weight_and_each_stays() -> None:
    places = [Place(b"a", 3), Place(b"b", 1)]
    marks = [session_mark(str(number).encode()) for number in range(4_000)]
    found = Counter(ranked(mark, places).seed for mark in marks)
    assert 2_800 < found[b"a"] < 3_200
    assert all(ranked(mark, places) is ranked(mark, places[::-1]) for mark in marks[:100]), "the order does not matter"


def test_when_a_place_is_gone_only_its_sessions_move() -> None:
    places = [Place(bytes([letter])) for letter in b"abcd"]
    for number in range(500):
        mark = session_mark(str(number).encode())
        before = ranked(mark, places)
        if before is not places[0]:
            assert ranked(mark, places[1:]) is before


def test_prompts_with_the_same_beginning_belong_together() -> None:
    tools = b'[{"name": "' + b"x" * PREFIX_BYTES + b'"}]'
    one = prefix_mark({b"messages": b'["a"]', b"tools": tools})
    assert one is not None
    assert one == prefix_mark({b"tools": tools, b"messages": b'["b"]'})
    assert one != prefix_mark({b"tools": tools.replace(b"name", b"nome"), b"messages": b'["a"]'})


def test_a_prompt_that_no_provider_would_cache_may_go_anywhere() -> None:
    assert prefix_mark({b"messages": b"x" * (PREFIX_BYTES - 1)}) is None
    assert prefix_mark({}) is None
    assert prefix_mark({b"messages": b"x" * PREFIX_BYTES}) is not None


def test_where_calls_moved_is_known_for_a_while_after_the_last() -> None:
    moved = Moved(1_000)
    moved.note(b"m", 3, NOW)
    moved.note(b"m", 3, NOW + 900)
    assert moved.find(b"m", NOW + 1_899) == 3
    assert moved.find(b"m", NOW + 1_900) is None
    assert moved.find(b"other", NOW) is None


def test_it_remembers_so_many_and_no_more() -> None:
    moved = Moved(10**9)
    for number in range(20_001):
        moved.note(str(number).encode(), number, NOW)
    assert moved.find(b"0", NOW) is None
    assert moved.find(b"1", NOW) == 1
