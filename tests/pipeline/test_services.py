"""Only what deviates has a form of its own, and each profile named here exists and offers what it is named for."""

from narrowgate.model.operation import Operation
from narrowgate.pipeline.services import SERVED, form_service_of, service_of
from narrowgate.providers.registry import PROFILES


def test_who_has_a_form_of_its_own() -> None:
    found = [
        (name, operation)
        for name in PROFILES
        for operation in Operation
        if service_of(name, operation) or form_service_of(name, operation)
    ]
    assert found
    assert all(operation in PROFILES[name].operations for name, operation in found)
    assert Operation.EMBEDDINGS in SERVED
    assert service_of("openai", Operation.EMBEDDINGS) is None
    assert form_service_of("openai", Operation.TRANSCRIPTIONS) is None
