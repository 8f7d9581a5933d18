import msgspec
import pytest

from narrowgate.control.shapes import describe_key, describe_row, usd_text
from tests.adapters.store.test_store import record
from tests.pipeline.fakes import key


@pytest.mark.parametrize(
    ("amount", "text"), [(None, None), (0, "0"), (1, "0.000000001"), (-5 * 10**9, "-5"), (10**10, "10")]
)
def test_unknown_is_not_zero(amount: int | None, text: str | None) -> None:
    assert usd_text(amount) == text


def test_a_keys_digest_is_not_shown() -> None:
    shown = describe_key(key(digest="secret"), 5)
    assert "secret" not in str(shown)
    assert shown["spent_usd"] == "0.000000005"


def test_a_row_is_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(describe_row(record(1))))["usage"]["input_text"] == 1
