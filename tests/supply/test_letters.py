"""Letters that deceive a reader are told, foreign languages are not."""

import pytest

from narrowgate.supply.findings import Weight
from tests.supply.parts import alarms, found


def test_a_change_of_direction_is_told() -> None:
    (finding,) = found("x = 'admin\u202e // is it'\n")
    assert finding.what == "letters that turn the direction of reading"


def test_a_long_run_of_invisible_letters_is_an_alarm_and_an_emoji_is_none() -> None:
    hidden = "".join(chr(0xE0100 + byte) for byte in b"print('this is a payload')")
    assert alarms(f"x = '{hidden}'\n") == ["a run of invisible letters"]
    assert alarms("x = '\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f'\n") == []


def test_a_name_in_letters_that_python_takes_for_others_is_an_alarm() -> None:
    assert "exec in disguised letters" in alarms("\U0001d5f2\U0001d605\U0001d5f2\U0001d5f0('1')\n")


def test_a_name_of_two_scripts_is_told_and_text_is_not() -> None:
    assert "a name of Latin and Cyrillic letters" in {one.what for one in found("p\u0430ss = 1\n")}
    assert found("x = 'p\u0430ss'\nn\u00e4me = '\u0441\u043b\u043e\u0432\u043e'\n") == []


def test_code_far_to_the_right_is_an_alarm() -> None:
    assert alarms("x = 1;" + " " * 200 + "print(x)\n") == ["code far to the right"]
    assert alarms("x = '" + " " * 200 + "'\n") == []


@pytest.mark.parametrize("weight", [Weight.ALARM])
def test_ordinary_source_is_quiet(weight: Weight) -> None:
    assert [one for one in found("import json\n\ndef f(a):\n    return json.dumps(a)\n") if one.weight is weight] == []
