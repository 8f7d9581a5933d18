"""A bill of materials has every distribution, its hashes and the graph, and is the same every time."""

import json

import msgspec

from narrowgate.supply.distribution import FileHash, Form, Wish
from narrowgate.supply.findings import Finding, Reach
from narrowgate.supply.graph import with_wanted_by
from narrowgate.supply.report.sbom import sbom
from tests.supply.parts import distribution, inventory

FINDING = Finding(Reach.NETWORK, "socket.socket", "a.py", 3)
A = msgspec.structs.replace(
    distribution("a", FINDING, wishes=(Wish("b"),)),
    files=(FileHash("a.py", "0" * 64),),
    archive_sha256="1" * 64,
    license="MIT",
)
B = msgspec.structs.replace(distribution("b"), locked=("2" * 64, "3" * 64))
STRAY = msgspec.structs.replace(distribution("(no distribution)", version=""), form=Form.STRAY)
HERE = inventory(*with_wanted_by([A, B, STRAY]))


def test_components_have_their_hashes_and_what_they_reach() -> None:
    document = sbom(HERE, "1.2")
    components = document["components"]
    assert isinstance(components, list)
    a, b, stray = components
    assert (a["purl"], a["hashes"]) == ("pkg:pypi/a@1.0", [{"alg": "SHA-256", "content": "1" * 64}])
    assert a["components"][0]["hashes"][0]["content"] == "0" * 64
    assert {"name": "narrowgate:reach:network", "value": "socket.socket"} in a["properties"]
    assert [one["hashes"][0]["content"][0] for one in b["externalReferences"]] == ["2", "3"]
    assert "purl" not in stray


def test_the_graph_begins_at_what_was_looked_at() -> None:
    assert sbom(HERE, "1.2")["dependencies"] == [
        {"ref": "environment", "dependsOn": ["stray-files", "pkg:pypi/a@1.0"]},
        {"ref": "pkg:pypi/a@1.0", "dependsOn": ["pkg:pypi/b@1.0"]},
        {"ref": "pkg:pypi/b@1.0", "dependsOn": []},
        {"ref": "stray-files", "dependsOn": []},
    ]


def test_the_same_inventory_gives_the_same_bytes() -> None:
    assert json.dumps(sbom(HERE, "1.2")) == json.dumps(sbom(HERE, "1.2"))
    assert sbom(HERE, "1.2")["serialNumber"] != sbom(inventory(A), "1.2")["serialNumber"]
