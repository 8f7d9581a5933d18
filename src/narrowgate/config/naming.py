"""What names lead to: aliases are checked, bare model names are given their provider."""

from collections.abc import Collection, Iterator, Mapping

from narrowgate.config.complaint import Complaint, key_path, quoted
from narrowgate.policy.routing.resolve import Names, resolve, route_of

# What a pattern's `*` is taken to stand for when it is tried out; no alias is called this.
_SAMPLE = "some-model-or-other"


def alias_complaints(names: Names) -> Iterator[Complaint]:
    """Complain about aliases that lead nowhere, by asking what each of them leads to."""
    for alias, target in names.aliases.items():
        path = key_path("aliases", alias)
        if not alias or "*" in alias[:-1]:
            yield Complaint(path, f"{quoted(alias)} is neither a name nor a pattern", "use '*' at its end only")
        elif "*" in target and not alias.endswith("*"):
            yield Complaint(path, "has a '*' in its target but none in its name", "write the model's whole name")
        elif target.count("*") > 1:
            yield Complaint(path, "has more than one '*' in its target", "keep one of them")
        elif _is_circle(alias, names.aliases):
            yield Complaint(path, "leads back to itself", "let one of these aliases name provider/model")
        elif resolve(trial := alias.replace("*", _SAMPLE), names) is None and route_of(trial, names) is None:
            shown = ", ".join(sorted(names.providers)) or "none"
            problem = f"{quoted(target)} is neither a model of a configured provider nor a route or another alias"
            yield Complaint(path, problem, f"write provider/model; configured are {shown}")


def bare_names(
    entries: Mapping[str, Collection[str]], offers: Mapping[str, Collection[str]], owners: Mapping[str, str]
) -> dict[str, str]:
    """Return `provider/model` for bare model names.

    `entries` maps configured providers to their names in the catalogue, `offers` to their
    models, `owners` a model to its maker in the catalogue. A model belongs to its maker when that
    is configured, else to the only configured provider that has it; if several do, the name
    stays unknown, as their prices and terms are not the same.
    """
    makers: dict[str, str] = {}
    for name, catalog_names in entries.items():
        for catalog_name in catalog_names:
            makers.setdefault(catalog_name, name)
    makers.update({name: name for name, catalog_names in entries.items() if name in catalog_names})
    sellers: dict[str, list[str]] = {}
    for name, models in offers.items():
        for model in models:
            sellers.setdefault(model, []).append(name)
    found: dict[str, str] = {}
    for model, names in sellers.items():
        maker = makers.get(owners.get(model, ""))
        if maker in names or len(names) == 1:
            found[model] = f"{maker if maker in names else names[0]}/{model}"
    return found


def _is_circle(alias: str, aliases: Mapping[str, str]) -> bool:
    seen = {alias}
    at = aliases[alias]
    while at in aliases and at not in seen:
        seen.add(at)
        at = aliases[at]
    return at in seen
