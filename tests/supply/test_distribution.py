"""A distribution sums up its findings, and names are compared in one form."""

import pytest

from narrowgate.supply.distribution import normal_name
from narrowgate.supply.findings import Finding, Reach
from tests.supply.parts import distribution, inventory


@pytest.mark.parametrize("name", ["Foo.Bar", "foo_bar", "FOO--bar", "foo-_.bar"])
def test_names_that_pip_takes_for_one_are_one(name: str) -> None:
    assert normal_name(name) == "foo-bar"
    assert inventory(distribution("foo-bar")).named(name) is not None


def test_reach_is_the_sum_of_the_findings() -> None:
    one = distribution("a", Finding(Reach.NETWORK, "x", "f"), Finding(Reach.WRITE, "y", "f", at_import=True))
    assert one.reach == {Reach.NETWORK, Reach.WRITE}
    assert one.reach_at_import == {Reach.WRITE}
    assert one.shown == "a 1.0"
