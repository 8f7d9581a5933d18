"""Say what a sealed file was made of: an in-toto statement with a SLSA provenance predicate. Pure.

Source: https://in-toto.io/Statement/v1, https://slsa.dev/spec/v1.0/provenance (read 2026-11).
"""

import hashlib
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from narrowgate.supply.distribution import normal_name
from narrowgate.supply.lock import Locked

_BUILD_TYPE = "urn:narrowgate:seal:1"


def tree_digest(files: Mapping[str, bytes]) -> str:
    """Return one SHA-256 for all of `files`: of a line for each, digest and name, in the order of names."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def statement(
    subject: str, digest: str, sources: str, locked: Iterable[Locked], parameters: Mapping[str, str]
) -> dict[str, object]:
    """Return the statement about `subject`, whose SHA-256 is `digest`.

    `sources` is the digest of the package's own source files; `parameters` say which variant was made.
    No time and no machine is in it: the same sources give the same statement.
    """
    dependencies: list[dict[str, object]] = [{"name": "source", "digest": {"sha256": sources}}]
    for entry in locked:
        name = normal_name(entry.requirement.name)
        dependencies.append(
            {
                "uri": f"pkg:pypi/{quote(name)}@{quote(entry.version)}",
                # Archives for several platforms, one of which was used.
                "annotations": {"sha256": sorted(one.removeprefix("sha256:") for one in entry.hashes)},
            }
        )
    definition = {
        "buildType": _BUILD_TYPE,
        "externalParameters": dict(parameters),
        "resolvedDependencies": dependencies,
    }
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": subject, "digest": {"sha256": digest}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": definition,
            "runDetails": {"builder": {"id": _BUILD_TYPE, "version": {"narrowgate": parameters["version"]}}},
        },
    }
