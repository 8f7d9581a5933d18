import pytest

from narrowgate.policy.routing.facts import Facts


def test_of_a_call_nothing_is_known_of_all_is_empty_and_stays_so() -> None:
    facts = Facts()
    assert not any(getattr(facts, name) for name in Facts.__struct_fields__)
    for shared in (facts.headers, facts.params, facts.metadata):
        with pytest.raises(TypeError):
            shared["a"] = 1  # type: ignore[index] # they are shared by all calls
    with pytest.raises(AttributeError):
        facts.model = "m"  # type: ignore[misc] # it is frozen
