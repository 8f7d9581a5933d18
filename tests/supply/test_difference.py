"""What an upgrade gained is said in one line each, the gravest first."""

import msgspec

from narrowgate.supply.difference import Kind, differences, gains
from narrowgate.supply.distribution import FileHash, Form
from narrowgate.supply.findings import Finding, Reach, Weight
from tests.supply.parts import distribution, inventory

CONNECT = Finding(Reach.NETWORK, "socket.socket.connect", "httptools/parser/x.py", 12)
NATIVE = Finding(Reach.NATIVE, "extension module", "httptools/p.so")
ALARM = Finding(Reach.HIDDEN, "exec of decoded data", "httptools/y.py", 3, Weight.ALARM, at_import=True)


def lines(*changes: object) -> list[str]:
    return [str(change) for change in changes]


def test_an_upgrade_that_gains_reach_says_which_and_where() -> None:
    old = distribution("httptools", NATIVE, version="0.7")
    new = distribution("httptools", NATIVE, CONNECT, ALARM, version="0.8")
    assert lines(*differences(inventory(old), inventory(new))) == [
        "httptools 0.7 → 0.8: gains hidden at import (exec of decoded data) in httptools/y.py:3",
        "httptools 0.7 → 0.8: gains network (socket.socket.connect) in httptools/parser/x.py:12",
    ]
    assert lines(*differences(inventory(new), inventory(old)))[0].startswith("httptools 0.8 → 0.7: loses ")


def test_what_moves_to_import_time_is_gained() -> None:
    moved = msgspec.structs.replace(CONNECT, at_import=True)
    assert gains(distribution("a", CONNECT), distribution("a", moved)) == (moved,)
    assert gains(distribution("a", moved), distribution("a", CONNECT)) == ()


def test_an_upgrade_that_gains_nothing_says_so() -> None:
    old, new = distribution("a", CONNECT, version="1"), distribution("a", CONNECT, version="2")
    assert lines(*differences(inventory(old), inventory(new))) == ["a 1 → 2: reaches what it did"]
    assert differences(inventory(old), inventory(old)) == []


def test_the_same_version_with_other_contents_is_an_alarm() -> None:
    old = msgspec.structs.replace(
        distribution("a"), files=(FileHash("a.py", "1"), FileHash("a-1.dist-info/RECORD", "1"))
    )
    new = msgspec.structs.replace(
        distribution("a"), files=(FileHash("a.py", "2"), FileHash("a-1.dist-info/RECORD", "2"))
    )
    (change,) = differences(inventory(old), inventory(new))
    assert str(change) == "a 1.0: has the same version and other contents (a.py)"
    assert (change.kind, change.weight) == (Kind.ALTERED, Weight.ALARM)


def test_what_is_new_says_who_pulls_it_in_and_what_it_reaches() -> None:
    new = msgspec.structs.replace(distribution("b", CONNECT, ALARM), wanted_by=("a",))
    assert lines(*differences(inventory(), inventory(new))) == [
        "b 1.0: is new, pulled in by a; reaches hidden, network",
        "b 1.0: gains hidden at import (exec of decoded data) in httptools/y.py:3",
    ]
    assert lines(*differences(inventory(new), inventory())) == ["b 1.0: is gone"]


def test_what_has_no_files_is_not_compared() -> None:
    old = msgspec.structs.replace(distribution("a", version="1"), form=Form.LOCKED)
    (change,) = differences(inventory(old), inventory(distribution("a", CONNECT, version="2")))
    assert "cannot be compared" in str(change)
    (change,) = differences(inventory(), inventory(old))
    assert "not known" in str(change)


def test_new_commands_are_gained_and_many_pieces_are_counted() -> None:
    many = [Finding(Reach.WRITE, f"w{number}", "a.py", number) for number in range(1, 7)]
    new = msgspec.structs.replace(distribution("a", *many), commands=("t = a:m",))
    assert lines(*differences(inventory(distribution("a")), inventory(new))) == [
        "a 1.0: gains write (w1, w2, w3, w4 and 2 more) in a.py:1",
        "a 1.0: gains commands (t = a:m)",
    ]
