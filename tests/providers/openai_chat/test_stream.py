"""A stream is complete or it is not, however it is cut and whatever else is in it."""

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Text
from narrowgate.model.fault import FaultKind
from narrowgate.model.reply import Broke, Ended, UsageTold
from narrowgate.model.usage import Usage
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat import FAMILY
from narrowgate.wire.errors import WireError
from tests.providers.openai_chat.told import DONE, chunk, event, events_of, folded

USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
STREAM = b"".join(
    (
        b": OPENROUTER PROCESSING\n\n",
        event({"choices": [], "id": "", "model": "", "object": "", "created": 0, "prompt_filter_results": []}),
        chunk({"role": "assistant", "content": "", "reasoning_content": "hé"}),
        chunk({"content": "a🙂"}).replace(b"\n", b"\r\n"),
        chunk({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}]}, usage=USAGE),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]}),
        chunk({}, "tool_calls"),
        event({"id": "c1", "choices": [], "usage": USAGE}),
        DONE,
    )
)


@given(st.lists(st.integers(1, len(STREAM) - 1)))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    pieces = (STREAM[start:end] for start, end in pairwise((0, *sorted(cuts), len(STREAM))))
    assert events_of(*pieces) == events_of(STREAM)


@given(st.integers(0, len(STREAM) - len(DONE) - 1))
def test_a_stream_cut_before_its_finish_reason_has_no_end(cut: int) -> None:
    found = events_of(STREAM[:cut])
    is_finished = b'"finish_reason": "tool_calls"}]}' in STREAM[:cut]
    assert is_finished or not any(isinstance(told, Ended) for told in found)


@given(st.one_of(st.binary(), st.binary().map(lambda junk: b"data: " + junk + b"\n\n"), st.text().map(event)))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with suppress(WireError):
        events_of(junk)


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(0, 1), st.text(max_size=3))
NAMES = st.sampled_from(
    (
        "id",
        "model",
        "created",
        "choices",
        "index",
        "delta",
        "message",
        "content",
        "role",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "reasoning_details",
        "type",
        "text",
        "thinking",
        "summary",
        "data",
        "finish_reason",
        "logprobs",
        "usage",
        "error",
        "code",
        "annotations",
        "images",
        "image_url",
        "url",
        "audio",
        "citations",
    )
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(NAMES, JUNK, max_size=5))
def test_json_of_another_shape_is_a_wire_error(value: dict[str, object]) -> None:
    with suppress(WireError):
        events_of(event(value), chunk({}, "stop"))


@pytest.mark.parametrize("end", [(chunk({}, "stop"),), (DONE,), (chunk({}, "stop"), DONE), (chunk({}, "stop")[:-1],)])
def test_a_reason_or_done_is_the_end(end: tuple[bytes, ...]) -> None:
    assert events_of(chunk({"content": "hi"}), *end)[-1] == Ended()


def test_nothing_counts_behind_done() -> None:
    assert folded(chunk({"content": "hi"}), DONE, chunk({"content": "!"})).choices[0].parts == (Text("hi"),)


def test_one_unfinished_choice_is_a_cut_stream() -> None:
    other = {"index": 1, "delta": {"content": "x"}, "finish_reason": None}
    assert Ended() not in events_of(chunk({}, None, choices=[other]), chunk({"content": "hi"}, "stop"))


def test_the_last_usage_counts_and_is_told_once() -> None:
    late = {**USAGE, "completion_tokens": 4, "total_tokens": 9}
    pieces = [
        chunk({"content": "a"}, usage=USAGE),
        chunk({"content": "b"}, usage=USAGE),
        chunk({}, "stop", x_groq={"usage": late}),
    ]
    told = [found.usage for found in events_of(*pieces, DONE) if isinstance(found, UsageTold)]
    assert told == [Usage(5, output_text=3), Usage(5, output_text=4)]


def test_reasoning_tokens_may_stand_beside_the_output() -> None:
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 3,
        "total_tokens": 99,
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    outside = events_of(chunk({}, "stop", usage=usage), quirks=Quirks(is_reasoning_outside=True))
    assert UsageTold(Usage(5, output_text=3, reasoning=2)) in outside


@pytest.mark.parametrize(
    ("piece", "status"),
    [
        (event({"error": {"message": "no more", "type": "x", "code": "tool_use_failed"}}, "error"), 400),
        (event({"message": "no more"}, "error"), 502),
        (event("no more", "error"), 502),
        (chunk({"content": "b"}, error={"code": 429, "message": "no more"}), 429),
        (chunk({}, choices=[{"index": 0, "error": {"message": "no more"}, "finish_reason": "error"}]), 502),
        (event({"error": "no more"}), 502),
    ],
)
def test_an_error_in_the_stream_ends_it(piece: bytes, status: int) -> None:
    broke = events_of(chunk({"content": "a"}), piece, chunk({}, "stop"), DONE)[-1]
    assert isinstance(broke, Broke)
    assert broke.fault.kind is FaultKind.UPSTREAM_REFUSED
    assert (broke.fault.message, broke.fault.upstream_status) == ("no more", status)


def test_an_empty_error_is_none() -> None:
    assert events_of(chunk({"content": "a"}, "stop", error={}))[-1] == Ended()


def test_half_an_emoji_does_not_stop_an_answer() -> None:
    assert folded(b'data: {"choices":[{"delta":{"content":"\\ud83d"},"finish_reason":"stop"}]}\n\n').choices[
        0
    ].parts == (Text("�"),)


def test_what_is_behind_a_wire_error_is_never_asked_for() -> None:
    with pytest.raises(WireError, match=r"choices\[0\]"):
        FAMILY.decoder(Quirks()).feed(f"data: {json.dumps({'choices': [1]})}\n\n".encode())
