"""What commands print is aligned, exact and harmless to a terminal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.cli.output import columns, print_json, usd, visible


def test_columns_are_aligned_without_spaces_at_the_end() -> None:
    assert columns([["MODEL", "PRICE"], ["a", "1"], ["long-name", ""]]) == [
        "MODEL      PRICE",
        "a          1",
        "long-name",
    ]


@given(st.integers(0, 10**15))
def test_money_is_shown_exactly(amount_e9: int) -> None:
    whole, _, rest = usd(amount_e9).partition(".")
    assert int(whole) * 10**9 + int(rest.ljust(9, "0")) == amount_e9


def test_money_has_two_decimals_at_least() -> None:
    assert [usd(0), usd(150_000_000), usd(1)] == ["0.00", "0.15", "0.000000001"]


def test_control_sequences_are_not_shown() -> None:
    assert visible("a\x1b[2J\tb\n\x9bc\u202e") == "a[2J\tb\nc"


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": [1, "ä"]})
    assert json.loads(capsys.readouterr().out) == {"a": [1, "ä"]}
