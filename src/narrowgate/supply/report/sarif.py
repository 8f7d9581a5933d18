"""Findings as SARIF 2.1.0, for code scanning of forges and editors.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ (read November 2026).
"""

import hashlib
from collections.abc import Iterable
from urllib.parse import quote

from narrowgate.supply.findings import MEANING, Finding, Reach, Weight

_LEVELS = {Weight.ALARM: "error", Weight.WARNING: "warning", Weight.NOTE: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RULES = tuple(Reach)


def sarif(findings: Iterable[tuple[str, Finding]], version: str) -> dict[str, object]:
    """Return a log with one run; findings come with the distribution (name and version) that they are about."""
    rules = [
        {
            "id": f"reach/{reach.value}",
            "name": f"{reach.value.title()}Reach",
            "shortDescription": {"text": MEANING[reach]},
            "defaultConfiguration": {"level": "note"},
        }
        for reach in _RULES
    ]
    driver = {"name": "narrowgate deps", "version": version, "rules": rules}
    results = [_result(about, finding) for about, finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(about: str, finding: Finding) -> dict[str, object]:
    when = " by being imported" if finding.at_import else ""
    place: dict[str, object] = {"artifactLocation": {"uri": quote(finding.file)}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
    # The same from release to release, so that what somebody has dismissed stays dismissed.
    name = about.partition(" ")[0]
    stable = f"{name}\0{finding.reach.value}\0{finding.what}\0{finding.file}"
    return {
        "ruleId": f"reach/{finding.reach.value}",
        "ruleIndex": _RULES.index(finding.reach),
        "level": _LEVELS[finding.weight],
        "message": {"text": f"{about} reaches {finding.reach.value}{when}: {finding.what}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"reach/v1": hashlib.sha256(stable.encode()).hexdigest()},
        "properties": {"distribution": about, "atImport": finding.at_import},
    }
