import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.identity.keys import BudgetWindow
from narrowgate.identity.requests import BadKeyRequest, KeyRequest, apply_request, duration_s, new_key, usd_e9

KEY = new_key("key_1", "00", "…", 1)


def test_only_what_is_set_changes() -> None:
    changed = apply_request(KEY, KeyRequest(name="n", rpm=5, budget_usd="1.5", budget_window=BudgetWindow.DAY))
    assert (changed.name, changed.rpm, changed.budget_usd_e9) == ("n", 5, 1_500_000_000)
    again = apply_request(changed, KeyRequest(enabled=False))
    assert again == msgspec.structs.replace(changed, is_enabled=False)


def test_null_removes_a_limit() -> None:
    limited = apply_request(KEY, KeyRequest(rpm=5, budget_usd=1, expires_at=9))
    free = apply_request(limited, KeyRequest(rpm=None, budget_usd=None, expires_at=None))
    assert (free.rpm, free.budget_usd_e9, free.expires_at_s) == (None, None, None)


def test_all_problems_are_told_at_once() -> None:
    request = KeyRequest(name="x" * 201, rpm=-1, budget_usd="-1", models=("a*b",), expires_at="soon")
    with pytest.raises(BadKeyRequest) as caught:
        apply_request(KEY, request)
    assert {field for field, _ in caught.value.problems} == {"name", "rpm", "budget_usd", "models", "expires_at"}


@given(st.integers(min_value=0, max_value=10**15))
def test_money_is_exact(amount: int) -> None:
    assert usd_e9(f"{amount // 10**9}.{amount % 10**9:09d}") == amount


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "nan", "inf", "1e99", "0.0000000001", "1.0000000000000000000000000000001", "1e-999999"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="USD"):
        usd_e9(text)


def test_durations() -> None:
    assert [duration_s(text) for text in ("1m", "2h", "3d", "1w")] == [60, 7_200, 259_200, 604_800]
    for text in ("", "5", "d", "0d", "-1d", "1y", "\u00b2d", "999999999d"):
        with pytest.raises(ValueError, match="duration"):
            duration_s(text)
