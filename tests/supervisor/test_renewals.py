from narrowgate.supervisor.renewals import Renewals


def test_what_the_egress_tells_is_counted_and_told_again_to_a_new_control() -> None:
    renewals = Renewals()
    assert list(renewals.all()) == []
    renewals.count({"is": "told", "sentence": "x", "provider": "vertex"})
    second = renewals.count({"is": "told", "sentence": "x", "provider": "vertex"})
    assert second == {"do": "renewals", "provider": "vertex", "outcome": "obtained", "number": 2}
    failed = renewals.count({"is": "warned", "sentence": "y", "provider": "vertex"})
    assert failed == {"do": "renewals", "provider": "vertex", "outcome": "failed", "number": 1}
    assert list(renewals.all()) == [second, failed]
