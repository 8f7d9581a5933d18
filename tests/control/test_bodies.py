import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.control.bodies import read_key_request
from narrowgate.identity.keys import BudgetWindow
from narrowgate.identity.requests import KeyRequest, apply_request, new_key
from narrowgate.model.fault import Failed

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


def test_a_body_says_what_is_asked() -> None:
    body = {"name": "n", "models": ["a"], "budget_window": "day", "rpm": None, "enabled": False}
    expected = KeyRequest(name="n", models=("a",), budget_window=BudgetWindow.DAY, rpm=None, enabled=False)
    assert read_key_request(json.dumps(body).encode()) == expected
    assert read_key_request(b"") == KeyRequest()


def test_all_complaints_are_made_at_once() -> None:
    with pytest.raises(Failed) as caught:
        read_key_request(b'{"rpm": "x", "models": ["a", 1], "nmae": 1}')
    assert caught.value.fault.message.split("; ")[:2] == [
        "rpm: expected 'int | null', got 'str'",
        "models[1]: expected 'str', got 'int'",
    ]
    assert "did you mean 'name'?" in caught.value.fault.message


@given(st.integers(min_value=0, max_value=10**18))
def test_money_is_exact_as_a_number_too(amount: int) -> None:
    body = b'{"budget_usd": %d.%09d}' % divmod(amount, 10**9)
    assert apply_request(new_key("k", "", "", 0), read_key_request(body)).budget_usd_e9 == amount


@given(st.binary(max_size=40) | st.dictionaries(st.text() | st.sampled_from(KeyRequest.__struct_fields__), JSON))
def test_any_body_is_read_or_refused(body: bytes | dict[str, object]) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with suppress(Failed):
        assert isinstance(read_key_request(data), KeyRequest)
