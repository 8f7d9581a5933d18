"""Where each distribution stands in the picture of the tree: below whoever pulls it in by the shortest way."""

from collections import deque

import msgspec

from narrowgate.supply.distribution import Distribution
from narrowgate.supply.graph import children, roots


class Node(msgspec.Struct, frozen=True):
    """One row of the picture. `row` counts from the top, `depth` from the left; `parent_row` is None for a root."""

    one: Distribution
    row: int
    depth: int
    parent_row: int | None


def layout(distributions: tuple[Distribution, ...]) -> list[Node]:
    """Return every distribution once, parents above their children."""
    by_name = {one.name: one for one in distributions}
    tops = roots(distributions)
    kept = _kept_children(tops, children(distributions))
    nodes: list[Node] = []
    waiting: list[tuple[str, int, int | None]] = [(name, 0, None) for name in reversed(tops)]
    while waiting:
        name, depth, parent_row = waiting.pop()
        row = len(nodes)
        nodes.append(Node(by_name[name], row, depth, parent_row))
        waiting += [(child, depth + 1, row) for child in reversed(kept[name])]
    return nodes


def _kept_children(tops: list[str], below: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the edges of the tree: of all ways to a distribution, the first of the shortest."""
    kept: dict[str, list[str]] = {name: [] for name in below}
    seen = set(tops)
    waiting = deque(tops)
    while waiting:
        name = waiting.popleft()
        for child in below[name]:
            if child not in seen:
                seen.add(child)
                kept[name].append(child)
                waiting.append(child)
    return kept
