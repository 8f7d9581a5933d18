"""From the name a client wrote to a provider and its model."""

from collections.abc import Collection, Mapping

import msgspec

_MAX_STEPS = 8  # an alias may name an alias; the configuration check refuses cycles, this bounds them


class Destination(msgspec.Struct, frozen=True):
    """A provider's name and the model name it understands."""

    provider: str
    model: str


class Names(msgspec.Struct, frozen=True):
    """What names mean.

    `providers` by name with the models their entries list, `aliases`, `catalog` from bare
    model names to `provider/model`, and the names of `routes`.
    """

    providers: Mapping[str, tuple[str, ...]]
    aliases: Mapping[str, str]
    catalog: Mapping[str, str]
    routes: Collection[str] = frozenset()


def resolve(name: str, names: Names) -> Destination | None:
    """Return where `name` leads, or None when nothing knows it.

    In this order: an alias of exactly that name, `provider/model` of a configured provider, the
    longest alias pattern that fits, a model some provider's entry lists, the catalogue.
    """
    for _ in range(_MAX_STEPS):
        alias = names.aliases.get(name)
        if alias is None:
            provider, slash, model = name.partition("/")
            if slash and model and provider in names.providers:
                return Destination(provider, model)
            alias = _by_pattern(name, names.aliases)
        if alias is None:
            return _listed(name, names)
        if alias == name:
            return None
        name = alias
    return None


def route_of(name: str, names: Names) -> str | None:
    """Return the route that `name` is or that its aliases lead to; None when it is for `resolve`.

    A route's own name comes before everything else.
    """
    for _ in range(_MAX_STEPS):
        if name in names.routes:
            return name
        alias = names.aliases.get(name)
        if alias is None and not _is_spelt_out(name, names):
            alias = _by_pattern(name, names.aliases)
        if alias is None:
            return None
        name = alias
    return None


def matches(pattern: str, name: str) -> bool:
    """Whether `name` is `pattern`, or starts with what stands before its final `*`."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _is_spelt_out(name: str, names: Names) -> bool:
    provider, slash, model = name.partition("/")
    return bool(slash and model) and provider in names.providers


def _by_pattern(name: str, aliases: Mapping[str, str]) -> str | None:
    fitting = [pattern for pattern in aliases if pattern.endswith("*") and matches(pattern, name)]
    if not fitting:
        return None
    pattern = max(fitting, key=len)
    return aliases[pattern].replace("*", name[len(pattern) - 1 :], 1)


def _listed(name: str, names: Names) -> Destination | None:
    for provider, models in names.providers.items():
        if name in models:
            return Destination(provider, name)
    known = names.catalog.get(name)
    if known is None:
        return None
    provider, _, model = known.partition("/")
    return Destination(provider, model)
