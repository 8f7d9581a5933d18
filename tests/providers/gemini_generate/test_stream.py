"""A stream is complete or it is not, however it is cut."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.reply import Broke, Ended, Finished, UsageTold, fold
from narrowgate.wire.errors import WireError
from tests.providers.gemini_generate.told import chunk, events_of, sse

USAGE = {"promptTokenCount": 4, "candidatesTokenCount": 3, "totalTokenCount": 7}
CHUNKS = (
    chunk({"text": "hm 🙂", "thought": True}, usageMetadata={"promptTokenCount": 4}),
    chunk({"text": "é"}),
    chunk({"functionCall": {"name": "f", "args": {"a": "]"}}, "thoughtSignature": "c2ln"}),
    chunk({"text": "", "thoughtSignature": "c2ln"}, finish="STOP", usageMetadata=USAGE),
)
STREAM = sse(*CHUNKS)
ARRAY = json.dumps(CHUNKS, ensure_ascii=False).encode()


@pytest.mark.parametrize("text", [STREAM, ARRAY])
@given(cuts=st.lists(st.integers(1, 500), max_size=12))
def test_cuts_do_not_matter(text: bytes, cuts: list[int]) -> None:
    edges = (0, *sorted(cut for cut in set(cuts) if cut < len(text)), len(text))
    assert events_of(*(text[start:end] for start, end in pairwise(edges))) == events_of(text)


def test_both_framings_say_the_same() -> None:
    assert fold(events_of(STREAM)) == fold(events_of(ARRAY))
    assert fold(events_of(STREAM)) == fold(events_of(STREAM.replace(b"\r\n", b"\n")))


@given(st.integers(0, len(ARRAY) - 1), st.booleans())
def test_a_stream_cut_off_does_not_end(at: int, is_array: bool) -> None:
    text = ARRAY[:at] if is_array else STREAM[: min(at, STREAM.index(b'"finishReason"'))]
    assert not any(isinstance(event, Ended) for event in events_of(text))


def test_the_last_finish_reason_counts() -> None:
    events = events_of(sse(chunk({"text": "a"}, finish="STOP"), chunk({"text": "b"}, finish="MAX_TOKENS")))
    assert [event.finish_word for event in events if isinstance(event, Finished)] == ["MAX_TOKENS"]


def test_usage_is_told_when_it_changes() -> None:
    assert sum(isinstance(event, UsageTold) for event in events_of(STREAM)) == 2


@pytest.mark.parametrize("framing", ["sse", "array", "bare"])
def test_an_error_ends_the_stream(framing: str) -> None:
    error = {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}
    text = {"sse": sse(CHUNKS[0], error, CHUNKS[-1]), "array": json.dumps([error]).encode()}.get(
        framing, json.dumps(error).encode()
    )
    last = events_of(text)[-1]
    assert isinstance(last, Broke)
    assert last.fault.upstream_status == 429
    assert last.fault.code == "RESOURCE_EXHAUSTED"


def test_an_empty_stream_does_not_end() -> None:
    assert events_of(b"") == []
    assert events_of(b"\r\n") == []


@given(st.binary(max_size=30), st.integers(0, len(STREAM)))
def test_junk_is_refused_and_nothing_else(junk: bytes, at: int) -> None:
    for text in (STREAM, ARRAY):
        with suppress(WireError):
            events_of(text[:at] + junk + text[at + 1 :])
