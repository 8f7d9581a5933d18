"""What a tool gave is an object."""

import pytest

from narrowgate.providers.gemini_generate.results import response_of


@pytest.mark.parametrize(
    ("texts", "is_error", "response"),
    [
        (["20 °C"], False, '{"result":"20 °C"}'),
        (["a", "b"], False, '{"result":"ab"}'),
        (['{"t": 1.0}'], False, '{"t": 1.0}'),
        (["[1]"], False, '{"result":"[1]"}'),
        ([], False, '{"result":""}'),
        (["no such town"], True, '{"error":"no such town"}'),
        (['{"code": 4}'], True, '{"error":{"code": 4}}'),
    ],
)
def test_objects_go_as_they_are_and_the_rest_is_wrapped(texts: list[str], is_error: bool, response: str) -> None:
    assert bytes(response_of(texts, is_error=is_error)).decode() == response
