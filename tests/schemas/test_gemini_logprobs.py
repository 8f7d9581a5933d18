"""Log probabilities go into OpenAI's object and back."""

from msgspec import Raw

from narrowgate.schemas.gemini_generate import Logprob, LogprobsResult, TopLogprobs
from narrowgate.schemas.gemini_logprobs import google_logprobs, joined, openai_logprobs

RESULT = LogprobsResult([Logprob("é", -0.5)], [TopLogprobs([Logprob("é", -0.5), Logprob("e", -1.0)])])


def test_they_come_back() -> None:
    value = openai_logprobs(RESULT)
    assert value is not None
    assert b'"bytes":[195,169]' in bytes(value)
    assert google_logprobs(value) == RESULT


def test_those_of_a_stream_are_joined() -> None:
    value = openai_logprobs(LogprobsResult([Logprob("a", -1.0)]))
    assert value is not None
    assert google_logprobs(joined([value, Raw(b"[]"), value])) == LogprobsResult([Logprob("a", -1.0)] * 2)


def test_nothing_is_said_of_no_tokens() -> None:
    assert openai_logprobs(LogprobsResult()) is None
    assert google_logprobs(Raw(b'{"content":[]}')) is None
    assert google_logprobs(Raw(b"7")) is None
