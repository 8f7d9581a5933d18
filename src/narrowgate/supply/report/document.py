"""An inventory as JSON: everything that is known, with the sums that readers would otherwise make themselves."""

import msgspec

from narrowgate.supply.difference import Change
from narrowgate.supply.distribution import Distribution, Inventory
from narrowgate.supply.findings import Finding
from narrowgate.supply.report.lines import by_rank


def document(inventory: Inventory) -> dict[str, object]:
    """Return the inventory, distributions by rank."""
    return {
        "place": inventory.place,
        "python": inventory.python,
        "notes": list(inventory.notes),
        "distributions": [_distribution(one) for one in by_rank(inventory.distributions)],
    }


def change_document(change: Change) -> dict[str, object]:
    """Return one difference, with the line that says it."""
    return {**_plain(change), "weight": change.weight.name.lower(), "line": str(change)}


def finding_document(finding: Finding) -> dict[str, object]:
    """Return one piece of evidence."""
    return {**_plain(finding), "weight": finding.weight.name.lower()}


def _distribution(one: Distribution) -> dict[str, object]:
    return {
        **_plain(one),
        "reach": sorted(reach.value for reach in one.reach),
        "reach_at_import": sorted(reach.value for reach in one.reach_at_import),
        "findings": [finding_document(finding) for finding in one.findings],
    }


def _plain(value: msgspec.Struct) -> dict[str, object]:
    plain: object = msgspec.to_builtins(value)
    assert isinstance(plain, dict)
    return {str(key): inner for key, inner in plain.items()}
