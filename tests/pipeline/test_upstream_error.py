import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.pipeline.upstream_error import error_in, has_error, in_our_shape, message_of, substitute, without_usage


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":{"message":"a"}}', "a"),
        (b'{"error":"a"}', "a"),
        (b'{"detail":"a"}', "a"),
        (b'{"detail":[{"msg":"a"}]}', "a"),
        (b'{"message":"a","type":"x"}', "a"),
        (b"a", "a"),
        (b"<html>a</html>", ""),
        (b"{}", ""),
        (b"", ""),
    ],
)
def test_a_providers_words_are_found_in_every_shape(body: bytes, words: str) -> None:
    assert message_of(body) == words


@given(st.binary(max_size=100))
def test_any_error_body_becomes_openais_shape(body: bytes) -> None:
    shaped = in_our_shape(503, body)
    if shaped is not None:
        assert json.loads(shaped)["error"]["message"]


def test_a_body_in_the_right_shape_stays() -> None:
    assert in_our_shape(400, b'{"error":{"message":"a"}}') is None


@pytest.mark.parametrize("key", ["sk-abcdef123456", "sk-abc***xyz", "A" * 40, "gsk_0123456789abcdef"])
def test_no_part_of_a_key_is_quoted(key: str) -> None:
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {key}. See the page."}}).encode()
    fault = substitute(401, "openai", body)
    assert fault is not None
    assert key not in fault.message
    assert "Incorrect API key" in fault.message


@pytest.mark.parametrize("end", [". See the page.", "", ", thrice"])
def test_a_key_that_is_masked_altogether_gives_nothing_away(end: str) -> None:
    words = f"Incorrect API key provided: ***********{end}"
    fault = substitute(401, "cohere", json.dumps({"message": words}).encode())
    assert fault is not None
    assert fault.message.endswith(words)


def test_redirects_are_substituted_and_other_errors_are_not() -> None:
    assert substitute(302, "p", b"") is not None
    assert substitute(400, "p", b"") is None


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b'{"error":{"code":429}}', 429),
        (b'{"error":{"status_code":503}}', 503),
        (b'{"error":{"code":401}}', 502),
        (b'{"error":{"type":"invalid_request_error"}}', 400),
        (b'{"error":{"code":"rate_limit_exceeded"}}', 429),
        (b'{"error":"text"}', 502),
    ],
)
def test_an_error_event_has_a_status(data: bytes, status: int) -> None:
    found = error_in(b": c\n\ndata: " + data + b"\n\n")
    assert found == (status, data)


def test_an_event_that_is_no_error_is_none() -> None:
    assert error_in(b'data: {"choices":[],"error":null}\n\n') is None
    assert error_in(b"data: junk\n\n") is None
    assert has_error(b'data: {"a":1}\n\ndata: {"error":{}}\n\n')


def test_only_usage_events_are_removed() -> None:
    azure = b'data: {"choices":[],"prompt_filter_results":[],"usage":null}\n\n'
    usage = b'data: {"choices": [ ],"usage":{"prompt_tokens":1}}\n\n'
    last = b'data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}\n\n'
    assert without_usage(azure + usage + last + b"data: [DONE]\n\n") == azure + last + b"data: [DONE]\n\n"
    assert without_usage(usage + azure.replace(b"\n", b"\r\n")) == azure.replace(b"\n", b"\r\n")
    spoken = last.replace(b"}\n\n", b',"usage":null}\n\n')  # as OpenAI has it in every event
    assert without_usage(spoken * 3 + usage) == spoken * 3
    assert without_usage(usage + spoken + usage) == spoken
    assert without_usage(last + azure) == last + azure
