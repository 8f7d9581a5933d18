"""SARIF has a rule for every kind, and fingerprints that outlive a release."""

from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.report.sarif import sarif

FINDING = Finding(Reach.NETWORK, "socket.socket", "a b/c.py", 3, Weight.WARNING, at_import=True)


def result(about: str, finding: Finding) -> dict[str, object]:
    log = sarif([(about, finding)], "1.2")
    assert log["version"] == "2.1.0"
    runs = log["runs"]
    assert isinstance(runs, list)
    found = runs[0]["results"][0]
    assert isinstance(found, dict)
    rule = runs[0]["tool"]["driver"]["rules"][found["ruleIndex"]]
    assert rule["id"] == found["ruleId"]
    return found


def test_a_finding_is_a_result_at_its_place() -> None:
    found = result("a 1.0", FINDING)
    assert (found["ruleId"], found["level"]) == ("reach/network", "warning")
    assert found["message"] == {"text": "a 1.0 reaches network by being imported: socket.socket"}
    assert found["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "a%20b/c.py"}, "region": {"startLine": 3}}}
    ]


def test_a_file_without_lines_has_no_region() -> None:
    found = result("a 1.0", Finding(Reach.NETWORK, "connect", "a.so"))
    assert found["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "a.so"}}}]


def test_the_fingerprint_stays_when_version_and_line_change() -> None:
    moved = Finding(FINDING.reach, FINDING.what, FINDING.file, 99)
    assert result("a 1.0", FINDING)["partialFingerprints"] == result("a 2.0", moved)["partialFingerprints"]
    assert result("b 1.0", FINDING)["partialFingerprints"] != result("a 1.0", FINDING)["partialFingerprints"]
