"""What is given up without a filter is given up."""

import resource
from pathlib import Path

import pytest

from narrowgate.sandbox import kernel, limits
from tests.sandbox.forked import in_child

pytestmark = pytest.mark.skipif(kernel.look().system != "linux", reason="Linux only")


def status(*names: str) -> dict[str, str]:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines) if name in names}


def test_no_core_file_is_left() -> None:
    def act() -> object:
        limits.lower_limits()
        return resource.getrlimit(resource.RLIMIT_CORE)

    assert in_child(act) == "(0, 0)"


def test_programs_gain_nothing() -> None:
    def act() -> object:
        limits.give_up_privileges()
        return status("NoNewPrivs")["NoNewPrivs"]

    assert in_child(act) == "1"


def test_memory_is_hidden() -> None:
    def act() -> object:
        limits.hide_memory()
        return kernel.prctl(3)

    assert in_child(act) == "0"


def test_capabilities_are_dropped_but_those_kept() -> None:
    had = int(status("CapPrm")["CapPrm"], 16)

    def act() -> object:
        limits.drop_capabilities([limits.CAP_FOWNER])
        return status("CapPrm", "CapEff", "CapInh", "CapAmb")

    kept = f"{had & 1 << limits.CAP_FOWNER:016x}"
    nothing = f"{0:016x}"
    assert in_child(act) == str({"CapInh": nothing, "CapPrm": kept, "CapEff": kept, "CapAmb": nothing})
