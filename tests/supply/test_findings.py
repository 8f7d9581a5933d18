"""Findings are ranked, so that what matters comes first."""

from narrowgate.supply.findings import MEANING, Finding, Reach, Weight, ranked, strongest

NOTE = Finding(Reach.NETWORK, "socket.socket", "a.py", 3)
AT_IMPORT = Finding(Reach.WRITE, "os.remove", "a.py", 1, at_import=True)
ALARM = Finding(Reach.HIDDEN, "exec of decoded data", "z.py", 9, Weight.ALARM)


def test_an_alarm_comes_first_and_what_an_import_does_before_what_a_call_does() -> None:
    assert ranked((NOTE, AT_IMPORT, ALARM)) == [ALARM, AT_IMPORT, NOTE]
    assert strongest((NOTE, ALARM)) is Weight.ALARM
    assert strongest(()) is Weight.NOTE


def test_a_place_without_lines_is_its_file() -> None:
    assert NOTE.place == "a.py:3"
    assert Finding(Reach.NETWORK, "connect", "x.so").place == "x.so"


def test_every_kind_of_reach_has_its_meaning() -> None:
    assert MEANING.keys() == set(Reach)
