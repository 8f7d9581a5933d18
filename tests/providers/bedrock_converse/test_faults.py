import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.providers.bedrock_converse.faults import fault_in, fault_in_frame, fault_of
from narrowgate.wire.event_stream import Frame


def test_words_kind_and_request_id_are_kept() -> None:
    headers = {
        b"x-amzn-errortype": b"ValidationException:http://internal.amazon.com/coral/",
        b"x-amzn-requestid": b"r-1",
        b"retry-after": b"1.2",
    }
    assert fault_of(400, headers, b'{"message":"too long"}') == Fault(
        FaultKind.UPSTREAM_REFUSED,
        "too long",
        retry_after_s=2,
        upstream_status=400,
        upstream_type="ValidationException",
        request_id="r-1",
    )


def test_a_kind_in_the_body_counts_too() -> None:
    fault = fault_of(404, {}, b'{"__type":"com.amazon.coral#ResourceNotFoundException","Message":"gone"}')
    assert (fault.upstream_type, fault.message) == ("ResourceNotFoundException", "gone")


@pytest.mark.parametrize("status", [401, 403])
def test_the_gateways_credentials_are_its_own_affair(status: int) -> None:
    fault = fault_of(status, {b"x-amzn-errortype": b"ExpiredTokenException"}, b'{"message":"arn:aws:iam::1:user/me"}')
    assert fault.message == "the provider refused the gateway's credentials"
    assert (fault.upstream_status, fault.upstream_type) == (502, None)


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b"null", b"{}"])
def test_a_body_without_words_is_told_by_its_status(body: bytes) -> None:
    assert fault_of(503, {}, body).message == "the provider answered with status 503"


def test_plain_text_is_kept() -> None:
    assert fault_of(500, {}, b"overloaded\n").message == "overloaded"


@pytest.mark.parametrize(("value", "seconds"), [(b"soon", None), (b"-1", None), (b"nan", None), (b"7", 7)])
def test_only_numbers_say_when_to_try_again(value: bytes, seconds: int | None) -> None:
    assert fault_of(429, {b"retry-after": value}, b"").retry_after_s == seconds


def test_milliseconds_are_rounded_up() -> None:
    assert fault_of(429, {b"retry-after-ms": b"1001"}, b"").retry_after_s == 2


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("throttlingException", 429),
        ("validationException", 400),
        ("modelStreamErrorException", 424),
        ("serviceUnavailableException", 503),
        ("internalServerException", 500),
        ("", 500),
    ],
)
def test_an_exception_frame_has_its_status(kind: str, status: int) -> None:
    fault = fault_in_frame(Frame({":exception-type": kind}, b'{"message":"m"}'))
    assert (fault.upstream_status, fault.message) == (status, "m")


def test_an_error_frame_tells_in_its_headers() -> None:
    fault = fault_in_frame(Frame({":error-code": "InternalError", ":error-message": "bad"}, b""))
    assert (fault.message, fault.upstream_type) == ("bad", "InternalError")


def test_credentials_in_a_frame_are_not_told_either() -> None:
    fault = fault_in_frame(Frame({":exception-type": "accessDeniedException"}, b'{"message":"secret"}'))
    assert "secret" not in fault.message


def test_an_answer_is_no_error() -> None:
    assert fault_in(b'{"output":{},"message":"x"}') is None
    assert fault_in(b"{}") is None
    assert fault_in(b"[]") is None


@given(st.integers(400, 599), st.dictionaries(st.binary(max_size=20), st.binary(max_size=20)), st.binary(max_size=60))
def test_anything_is_a_fault(status: int, headers: dict[bytes, bytes], body: bytes) -> None:
    assert fault_of(status, headers, body).message
