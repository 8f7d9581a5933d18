"""The JSON has everything, by rank, with the sums made."""

import json

from narrowgate.supply.difference import Change, Kind
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.report.document import change_document, document, finding_document
from tests.supply.parts import distribution, inventory

FINDING = Finding(Reach.HIDDEN, "x", "b.py", 5, Weight.ALARM, at_import=True)


def test_distributions_come_by_rank_with_their_reach() -> None:
    plain = json.loads(json.dumps(document(inventory(distribution("a"), distribution("b", FINDING)))))
    assert [one["name"] for one in plain["distributions"]] == ["b", "a"]
    first = plain["distributions"][0]
    assert (first["reach"], first["reach_at_import"], first["form"]) == (["hidden"], ["hidden"], "installed")
    assert first["findings"] == [finding_document(FINDING)]


def test_weights_are_words() -> None:
    assert finding_document(FINDING)["weight"] == "alarm"
    change = Change(Kind.REMOVED, "a", "1", "", says="is gone")
    assert change_document(change)["line"] == "a 1: is gone"
    assert change_document(change)["weight"] == "note"
