"""Who pulls in what: wishes, extras that somebody asks for, and circles."""

import msgspec

from narrowgate.supply.distribution import Distribution, Wish
from narrowgate.supply.graph import children, roots, with_wanted_by
from tests.supply.parts import distribution


def wanted(*distributions: Distribution) -> dict[str, tuple[str, ...]]:
    return {one.name: one.wanted_by for one in with_wanted_by(distributions)}


def requested(one: Distribution) -> Distribution:
    return msgspec.structs.replace(one, is_requested=True)


def test_a_wish_makes_an_edge_when_both_are_there() -> None:
    found = wanted(distribution("a", wishes=(Wish("b"), Wish("gone"))), distribution("b"))
    assert found == {"a": (), "b": ("a",)}


def test_an_extra_counts_when_it_is_asked_for() -> None:
    a = distribution("a", wishes=(Wish("b", ("x",)),))
    b = distribution("b", wishes=(Wish("c", (), "x"), Wish("d", (), "y")))
    found = wanted(a, b, distribution("c"), requested(distribution("d")))
    assert found["c"] == ("b[x]",)
    assert found["d"] == ()


def test_what_nobody_asks_for_is_ascribed_to_the_extra_that_would() -> None:
    a = distribution("a", wishes=(Wish("b", (), "x"), Wish("gone", (), "x")))
    assert wanted(a, distribution("b")) == {"a": (), "b": ("a[x]",)}


def test_an_extra_of_what_was_requested_counts_when_all_of_it_is_there() -> None:
    a = requested(
        distribution("a", wishes=(Wish("b", (), "x"), Wish("c", (), "x"), Wish("b", (), "y"), Wish("gone", (), "y")))
    )
    b = distribution("b")
    c = distribution("c", wishes=(Wish("b"),))
    assert wanted(a, b, c) == {"a": (), "b": ("a[x]", "c"), "c": ("a[x]",)}


def test_the_roots_are_those_that_nobody_wants_and_one_of_each_circle() -> None:
    found = with_wanted_by(
        [
            distribution("a", wishes=(Wish("b"),)),
            distribution("b"),
            distribution("c", wishes=(Wish("d"),)),
            distribution("d", wishes=(Wish("c"),)),
        ]
    )
    assert roots(found) == ["a", "c"]
    assert children(found) == {"a": ["b"], "b": [], "c": ["d"], "d": ["c"]}
