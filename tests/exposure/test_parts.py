"""The code of others, with what it could reach where its files were looked at."""

import json

from narrowgate.exposure.parts import BILL, loaders_of, parts_of, wanted_distributions, with_reach
from narrowgate.supply.distribution import Distribution, Form
from narrowgate.supply.findings import Finding, Reach


class Sealed:
    fd = 3
    is_whole = True
    boot = (0, 0)
    digest = "ab"
    key = bytes(32)
    names: tuple[str, ...] = (BILL,)

    def read(self, name: str) -> bytes:
        assert name == BILL
        properties = [{"name": "narrowgate:form", "value": "locked"}, {"name": "narrowgate:reach:native", "value": "x"}]
        uvloop = {"name": "uvloop", "version": "1.0", "properties": properties, "purl": "p"}
        other = {"name": "other", "version": "2"}
        return json.dumps({"components": [uvloop, other], "bomFormat": "CycloneDX"}).encode()


def test_what_is_installed_is_told_with_who_loads_it() -> None:
    found = {one.name: one for one in parts_of(None)}
    assert set(found) == {name.lower() for name in wanted_distributions().values()}
    assert set(found) == {"httptools", "msgspec", "pyyaml", "uvloop"}
    assert found["pyyaml"].loaded_by == ("supervisor",)
    assert "egress" not in found["uvloop"].loaded_by
    assert all(one.version and one.reach is None for one in found.values())


def test_in_a_sealed_file_its_bill_tells() -> None:
    uvloop, other = parts_of(Sealed())
    assert (uvloop.version, uvloop.reach) == ("1.0", ("native",))
    assert (other.reach, other.loaded_by) == ((), ())


def test_reach_is_that_of_the_files() -> None:
    findings = (Finding(Reach.NETWORK, "connect", "a.py", 1), Finding(Reach.READ, "open", "a.py", 2, at_import=True))
    seen = [Distribution("uvloop", "1", Form.INSTALLED, findings)]
    found = {one.name: one for one in with_reach(parts_of(None), seen)}
    assert found["uvloop"].reach == ("network", "read")
    assert found["uvloop"].at_import == ("read",)
    assert found["msgspec"].reach is None


def test_a_merged_edge_is_an_edge() -> None:
    assert loaders_of("UVLoop") == ("edge", "control", "recorder", "supervisor")
