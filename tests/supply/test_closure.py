"""What the gateway's own dependencies reach is what its policy allows, and what was read in them by hand."""

import sys
from pathlib import Path

import pytest

from narrowgate.cli import main
from narrowgate.supply.allowance import read_policy
from narrowgate.supply.distribution import Form, Inventory
from narrowgate.supply.findings import Reach, Weight
from narrowgate.supply.places.inventory import take_inventory
from tests.supply.parts import silent

ROOT = Path(__file__).resolve().parents[2]
MOST_DISTRIBUTIONS = 8

# What the Python in them does, read by hand in the versions of the lock.
PYTHON: dict[str, set[tuple[Reach, str]]] = {
    "httptools": set(),
    "msgspec": set(),
    "cryptography": set(),
    "pyyaml": {(Reach.DYNAMIC, "__import__")},
    "pycparser": {(Reach.PROCESS, "subprocess.check_output"), (Reach.READ, "open"), (Reach.WRITE, "open")},
    "uvloop": {
        (Reach.NETWORK, "socket.socket"),
        (Reach.NETWORK, "socket.socket.bind"),
        (Reach.NETWORK, "socket.socket.listen"),
        (Reach.WRITE, "os.unlink"),
        (Reach.WRITE, "tempfile.NamedTemporaryFile"),
        (Reach.WRITE, "tempfile.TemporaryDirectory"),
    },
}
# Kinds that their machine code reaches, as `nm -D --undefined-only` has it too.
MACHINE_CODE: dict[str, set[Reach]] = {
    "httptools": {Reach.NATIVE},
    "msgspec": {Reach.NATIVE},
    "pyyaml": {Reach.NATIVE},
    "pycparser": set(),
    "cryptography": {Reach.NATIVE, Reach.NETWORK, Reach.READ, Reach.WRITE, Reach.ENVIRONMENT},
    "uvloop": {Reach.NATIVE, Reach.NETWORK, Reach.PROCESS, Reach.READ, Reach.WRITE, Reach.ENVIRONMENT},
    "cffi": {Reach.NATIVE, Reach.READ, Reach.WRITE, Reach.ENVIRONMENT},
}


@pytest.fixture(scope="module")
def closure() -> Inventory:
    return take_inventory(str(ROOT / "requirements.lock"), None, silent)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="machine code of other systems is not read")
def test_the_closure_keeps_to_its_policy(closure: Inventory, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(ROOT / "requirements.lock"), "--policy", str(ROOT / "deps-policy.toml")]
    assert main(["deps", "check", *words]) == 0, capsys.readouterr().out
    policy = read_policy((ROOT / "deps-policy.toml").read_text(encoding="utf-8"))
    assert policy.distributions.keys() == {one.name for one in closure.distributions}


def test_the_closure_is_small_and_all_of_it_was_read(closure: Inventory) -> None:
    assert len(closure.distributions) <= MOST_DISTRIBUTIONS
    assert {one.form for one in closure.distributions} == {Form.INSTALLED}
    assert all(one.locked for one in closure.distributions)


@pytest.mark.parametrize("name", sorted(PYTHON))
def test_the_python_in_it_reaches_what_was_read_by_hand(closure: Inventory, name: str) -> None:
    one = closure.named(name)
    assert one is not None
    assert {(found.reach, found.what) for found in one.findings if found.line} == PYTHON[name]


@pytest.mark.skipif(sys.platform != "linux", reason="machine code of other systems is not read")
@pytest.mark.parametrize("name", sorted(MACHINE_CODE))
def test_its_machine_code_reaches_what_was_read_by_hand(closure: Inventory, name: str) -> None:
    one = closure.named(name)
    assert one is not None
    notes = {Reach.UNRECORDED}
    assert {found.reach for found in one.findings if not found.line} - notes == MACHINE_CODE[name]


def test_nothing_in_it_runs_at_start_hides_or_names_credentials(closure: Inventory) -> None:
    grave = {Reach.STARTUP, Reach.BUILD, Reach.HIDDEN, Reach.CREDENTIALS}
    assert [(one.name, grave & one.reach) for one in closure.distributions if grave & one.reach] == []
    assert not any(found.weight is Weight.ALARM for one in closure.distributions for found in one.findings)
