"""In the picture everything stands once, below whoever pulls it in by the shortest way."""

from narrowgate.supply.distribution import Wish
from narrowgate.supply.graph import with_wanted_by
from narrowgate.supply.report.tree import layout
from tests.supply.parts import distribution


def test_every_distribution_has_one_row_and_parents_stand_above() -> None:
    found = with_wanted_by(
        [
            distribution("a", wishes=(Wish("b"), Wish("c"))),
            distribution("b", wishes=(Wish("d"),)),
            distribution("c", wishes=(Wish("d"), Wish("a"))),
            distribution("d"),
            distribution("z"),
        ]
    )
    nodes = layout(found)
    assert [(node.one.name, node.depth, node.parent_row) for node in nodes] == [
        ("z", 0, None),
        ("a", 0, None),
        ("b", 1, 1),
        ("d", 2, 2),
        ("c", 1, 1),
    ]
    assert [node.row for node in nodes] == [0, 1, 2, 3, 4]


def test_nothing_gives_nothing() -> None:
    assert layout(()) == []
