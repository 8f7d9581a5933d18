from narrowgate.model.fault import FaultKind
from narrowgate.pipeline.faults import limit_fault, unknown_model, unusable_fault
from narrowgate.pipeline.ports import Verdict
from tests.pipeline.fakes import key


def test_a_rate_limit_says_when_to_come_back() -> None:
    fault = limit_fault(Verdict.RATE_LIMITED, key(rpm=5), 59_000)
    assert (fault.kind, fault.retry_after_s) == (FaultKind.RATE_LIMITED, 1)


def test_a_budget_says_how_much_it_was() -> None:
    fault = limit_fault(Verdict.OVER_BUDGET, key(budget_usd_e9=1_500_000_000), 0)
    assert "1.5 USD" in fault.message


def test_long_names_are_not_echoed_whole() -> None:
    assert len(unknown_model("x" * 100_000).message) < 400


def test_stages_have_their_kinds() -> None:
    kinds = {stage: unusable_fault("p", stage, "m").kind for stage in ("connect", "broken", "busy", "identity")}
    assert kinds == {
        "connect": FaultKind.UPSTREAM_UNREACHABLE,
        "broken": FaultKind.UPSTREAM_BROKEN,
        "busy": FaultKind.OVERLOADED,
        "identity": FaultKind.OVERLOADED,
    }
