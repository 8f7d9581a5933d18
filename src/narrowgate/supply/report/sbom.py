"""An inventory as a CycloneDX 1.6 bill of materials.

The same inventory gives the same bytes: there is no time in it, and its serial number is made from
its contents. Source: https://cyclonedx.org/docs/1.6/json/ (read November 2026).
"""

import hashlib
import json
import uuid
from urllib.parse import quote

from narrowgate.supply.distribution import Distribution, Form, Inventory
from narrowgate.supply.findings import Reach
from narrowgate.supply.graph import children, roots

_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_TOP = "environment"


def sbom(inventory: Inventory, version: str) -> dict[str, object]:
    """Return the bill of materials."""
    found = inventory.distributions
    refs = {one.name: _ref(one) for one in found}
    below = children(found)
    dependencies = [{"ref": _TOP, "dependsOn": [refs[name] for name in roots(found)]}]
    dependencies += [
        {"ref": refs[one.name], "dependsOn": [refs[name] for name in below.get(one.name, []) if name in refs]}
        for one in found
    ]
    tool = {"type": "application", "name": "narrowgate deps", "version": version}
    top = {"type": "application", "bom-ref": _TOP, "name": inventory.place}
    document: dict[str, object] = {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"tools": {"components": [tool]}, "component": top},
        "components": [_component(one, refs[one.name]) for one in found],
        "dependencies": dependencies,
    }
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).digest()
    document["serialNumber"] = f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}"
    return document


def _ref(one: Distribution) -> str:
    if one.form is Form.STRAY:
        return "stray-files"
    return f"pkg:pypi/{quote(one.name)}@{quote(one.version)}" if one.version else f"pkg:pypi/{quote(one.name)}"


def _component(one: Distribution, ref: str) -> dict[str, object]:
    found: dict[str, object] = {"type": "library", "bom-ref": ref, "name": one.name}
    if one.version:
        found["version"] = one.version
    if one.form is not Form.STRAY:
        found["purl"] = ref
    if one.license:
        found["licenses"] = [{"license": {"name": one.license}}]
    if one.archive_sha256:
        found["hashes"] = [_hash(one.archive_sha256)]
    if one.locked:
        # Archives for several platforms, of which any one may be installed: none of them is *the* hash.
        url = f"https://pypi.org/project/{quote(one.name)}/{quote(one.version)}/"
        found["externalReferences"] = [
            {"type": "distribution", "url": url, "hashes": [_hash(digest)]} for digest in one.locked
        ]
    if one.files:
        found["components"] = [
            {"type": "file", "name": file.path, "hashes": [_hash(file.sha256)]} for file in one.files
        ]
    properties = [_property("form", one.form.value)]
    properties += [_property(f"reach:{reach.value}", _evidence(one, reach)) for reach in Reach if reach in one.reach]
    found["properties"] = properties
    return found


def _evidence(one: Distribution, reach: Reach) -> str:
    whats = sorted({finding.what for finding in one.findings if finding.reach is reach})
    return ", ".join(whats)


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": f"narrowgate:{name}", "value": value}
