import msgspec
import pytest

from narrowgate.control.shapes import describe_key, describe_keys, describe_row, merged_states, usd_text
from narrowgate.identity.keys import BudgetWindow
from narrowgate.policy.routing.vitals import State
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


class CountingSpends:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def spend(self, since_ms: int) -> dict[str, int]:
        self.asked.append(since_ms)
        return {"k0": since_ms}


def test_spends_are_looked_up_once_a_window_not_once_a_key() -> None:
    spends, windows = CountingSpends(), [BudgetWindow.DAY, BudgetWindow.TOTAL]
    keys = [key(id=f"k{number}", budget_window=windows[number % 2]) for number in range(100)]
    shown = describe_keys(keys, spends, 86_400)
    assert sorted(spends.asked) == [0, 86_400_000]
    assert [item["spent_usd"] for item in shown[:2]] == ["0.0864", "0"]


def test_a_row_is_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(describe_row(record(1))))["usage"]["input_text"] == 1


def test_of_a_target_the_worst_is_told_and_what_can_be_added_is() -> None:
    well = State("p/m", "k", "well", 0, 1, 10, 100, 0, 0.0, 0.0, 0)
    cold = State("p/m", "k", "circuit open: errors", 900, 2, 5, 50, 80, 40.0, 0.0, 3)
    other = State("a/m", "", "well", 0, 0, 0, 0, 0, 0.0, 0.0, 0)
    first, second = merged_states([[well], [cold, other]])
    assert first["target"] == "a/m"
    assert first["first_token_ms"] is None
    assert second == {
        "target": "p/m",
        "key": "k",
        "state": "circuit open: errors",
        "for_ms": 900,
        "edges": 2,
        "edges_that_leave_it_alone": 1,
        "in_flight": 3,
        "calls_this_minute": 15,
        "tokens_this_minute": 150,
        "first_token_ms": 80,
        "tokens_per_s": 40.0,
        "failed_in_a_row": 3,
    }
