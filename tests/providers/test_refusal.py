import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import FaultKind, status_of
from narrowgate.providers.refusal import refused, retry_after_s


def test_the_providers_words_and_type_and_name_of_the_exchange_are_kept() -> None:
    fault = refused(400, {}, b'{"id":"x-1","message":"too many tokens","error_type":"TOO_MANY_TOKENS"}')
    assert (fault.kind, fault.message, fault.upstream_type) == (
        FaultKind.UPSTREAM_REFUSED,
        "too many tokens",
        "TOO_MANY_TOKENS",
    )
    assert (status_of(fault), fault.request_id) == (400, "x-1")


def test_words_inside_an_error_object_are_found_with_code_and_param() -> None:
    fault = refused(400, {b"x-request-id": b"r"}, b'{"error":{"message":"no","code":7,"param":"top_k"}}')
    assert (fault.message, fault.code, fault.param, fault.request_id) == ("no", "7", "top_k", "r")


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_the_gateways_and_the_words_may_quote_them(status: int) -> None:
    fault = refused(status, {}, b'{"message":"invalid api token abc"}')
    assert "abc" not in fault.message
    assert status_of(fault) == 502


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the provider answered with status 503"),
        (b"<html>busy</html>", "the provider answered with status 503"),
        (b"busy\n", "busy"),
        (b'{"error":"model not found"}', "model not found"),
        (b'[{"detail":"later"}]', "later"),
        (b"null", "null"),
    ],
)
def test_a_body_of_any_shape_gives_a_sentence(body: bytes, words: str) -> None:
    assert refused(503, {}, body).message == words


def test_only_numbers_say_when_to_try_again() -> None:
    assert retry_after_s({b"retry-after": b"3"}) == 3
    assert retry_after_s({b"retry-after-ms": b"1200", b"retry-after": b"9"}) == 2
    assert retry_after_s({b"retry-after": b"Wed, 21 Oct 2026 07:28:00 GMT"}) is None
    assert retry_after_s({b"retry-after": b"inf"}) is None


@given(st.binary(max_size=60))
def test_no_body_is_an_exception(body: bytes) -> None:
    assert refused(500, {}, body).message
