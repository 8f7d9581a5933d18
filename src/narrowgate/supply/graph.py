"""Who pulls in what: the graph of an inventory's distributions."""

from collections.abc import Iterable

import msgspec

from narrowgate.supply.distribution import Distribution, Form


def with_wanted_by(distributions: Iterable[Distribution]) -> tuple[Distribution, ...]:
    """Return distributions in order of their names, each with who asks for it.

    An extra counts when somebody asks for it. What nobody asks for otherwise, and was not requested by
    name, is ascribed to the extras that would have brought it: `litellm[proxy]`.
    """
    found = sorted(distributions, key=lambda one: (one.form is Form.STRAY, one.name))
    present = {one.name for one in found}
    extras = _extras(found)
    wanted: dict[str, list[str]] = {name: [] for name in present}
    perhaps: dict[str, list[str]] = {name: [] for name in present}
    for one in found:
        for wish in one.wishes:
            if wish.name not in present or wish.name == one.name:
                continue
            if not wish.for_extra:
                wanted[wish.name].append(one.name)
            elif wish.for_extra in extras[one.name]:
                wanted[wish.name].append(f"{one.name}[{wish.for_extra}]")
            else:
                perhaps[wish.name].append(f"{one.name}[{wish.for_extra}]")
    return tuple(
        msgspec.structs.replace(one, wanted_by=_names(one, wanted[one.name], perhaps[one.name])) for one in found
    )


def children(distributions: Iterable[Distribution]) -> dict[str, list[str]]:
    """Return for each distribution the names of those it pulls in, sorted."""
    found: dict[str, list[str]] = {}
    for one in distributions:
        found.setdefault(one.name, [])
        for who in one.wanted_by:
            found.setdefault(who.partition("[")[0], []).append(one.name)
    return {name: sorted(set(names)) for name, names in found.items()}


def roots(distributions: Iterable[Distribution]) -> list[str]:
    """Return those that nobody pulls in, and one of each circle that hangs in the air, sorted."""
    everything = list(distributions)
    below = children(everything)
    found = sorted(one.name for one in everything if not one.wanted_by)
    reached = set(_below(found, below))
    for one in everything:
        if one.name not in reached:
            found.append(one.name)
            reached.update(_below([one.name], below))
    return found


def _below(names: Iterable[str], below: dict[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += below.get(name, [])
    return reached


def _extras(distributions: list[Distribution]) -> dict[str, set[str]]:
    """Return for each distribution the extras of it that somebody asks for."""
    active = {one.name: _complete_extras(one, {other.name for other in distributions}) for one in distributions}
    changed = True
    while changed:
        changed = False
        for one in distributions:
            for wish in one.wishes:
                applies = not wish.for_extra or wish.for_extra in active[one.name]
                if applies and wish.name in active and not active[wish.name].issuperset(wish.extras):
                    active[wish.name].update(wish.extras)
                    changed = True
    return active


def _complete_extras(one: Distribution, present: set[str]) -> set[str]:
    """Return the extras of what was requested by name whose every wish is there.

    That they were asked for is written down nowhere, and this is the trace that it leaves.
    """
    if not one.is_requested:
        return set()
    wished = {wish.for_extra for wish in one.wishes if wish.for_extra}
    return wished - {wish.for_extra for wish in one.wishes if wish.for_extra and wish.name not in present}


def _names(one: Distribution, wanted: list[str], perhaps: list[str]) -> tuple[str, ...]:
    told = list(one.wanted_by)  # by a lock
    if not wanted and not told and not one.is_requested:
        wanted = perhaps
    return tuple(sorted({*told, *wanted}))
