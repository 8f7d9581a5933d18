"""A terminal shows what matters first, then everything."""

import msgspec

from narrowgate.supply.distribution import Form
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.report.lines import by_rank, distribution_lines, headline, inventory_lines, size
from tests.supply.parts import distribution, inventory

ALARM = Finding(Reach.HIDDEN, "exec of decoded data", "b.py", 5, Weight.ALARM, at_import=True)
CALLED = Finding(Reach.NETWORK, "socket.socket", "a.py", 3)
NATIVE = Finding(Reach.PROCESS, "fork", "a.so")
LOCKED = msgspec.structs.replace(distribution("c"), form=Form.LOCKED, notes=("nothing at hand",))
HERE = inventory(distribution("a", CALLED, NATIVE), distribution("b", ALARM), LOCKED)


def test_alarms_come_first_with_their_place() -> None:
    lines = inventory_lines(HERE)
    assert lines[0] == "here: 3 distributions, 0 with machine code, 0 files, 0 kB"
    assert " ".join(lines[3].split()) == "ALARM b 1.0 hidden at import: exec of decoded data b.py:5"
    assert [one.name for one in by_rank(HERE.distributions)] == ["b", "a", "c"]


def test_the_table_marks_how_a_kind_is_reached() -> None:
    rows = {line.split()[0]: line for line in inventory_lines(HERE) if "1.0" in line and "kB" in line}
    assert rows["a"].split() == ["a", "1.0", "0", "kB", "x", "n"]
    assert rows["c"].split().count("?") == 10
    assert "note: c 1.0: nothing at hand" in inventory_lines(HERE)


def test_one_distribution_is_shown_with_all_its_evidence() -> None:
    lines = distribution_lines(msgspec.structs.replace(HERE.distributions[0], commands=("t = a:m",), wanted_by=("z",)))
    assert lines[0] == "a 1.0"
    assert "  wanted by     z" in lines
    assert "  command       t = a:m" in lines
    assert any(line.split() == ["socket.socket", "a.py:3"] for line in lines)


def test_sizes_and_one_thing_read_well() -> None:
    assert (size(1_234), size(12_345_678)) == ("1 kB", "12.3 MB")
    assert headline(inventory(distribution("a"))).startswith("here: 1 distribution,")


def test_many_findings_are_cut_with_their_number() -> None:
    many = [Finding(Reach.PROCESS, f"w{number}", "a.py", number, Weight.WARNING) for number in range(60)]
    assert any("and 20 more" in line for line in inventory_lines(inventory(distribution("a", *many))))
