"""What imitators say in their own ways is read as one thing."""

import json

import msgspec
import pytest

from narrowgate.model.conversation import (
    Citation,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
)
from narrowgate.model.reply import Began, Finish
from narrowgate.providers.openai_chat.reader import AnswerReader, citation_of, source_of
from narrowgate.schemas.openai_chat_answer import Answer
from tests.providers.openai_chat.told import DONE, answered, chunk, events_of, folded

Json = dict[str, object]
DETAIL: Json = {"type": "reasoning.text", "text": "hm", "index": 0}
CALL: Json = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    "message",
    [
        {"content": "yes", "reasoning_content": "hm"},
        {"content": "yes", "reasoning": "hm", "reasoning_content": None},
        {"content": "yes", "reasoning": "hm", "reasoning_details": [DETAIL]},
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "yes"},
            ]
        },
        {"content": [{"type": "thinking", "thinking": "hm", "closed": True}, "yes"]},
        {
            "content": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"type": "text", "text": "yes"},
            ]
        },
    ],
)
def test_reasoning_is_read_from_each_of_its_carriers(message: Json) -> None:
    assert answered(message).choices[0].parts == (Thought("hm"), Text("yes"))
    assert folded(chunk(message), chunk({}, "stop")).choices[0].parts == (Thought("hm"), Text("yes"))


def test_details_keep_their_secrets_for_the_way_back() -> None:
    told = [
        {"type": "reasoning.text", "text": "hm", "index": 0, "format": "x"},
        {"type": "reasoning.text", "signature": "sig", "index": 0, "format": "x"},
        {"type": "reasoning.encrypted", "data": "secret", "id": "r1", "index": 1},
    ]
    thought, hidden = answered({"reasoning": "hm", "reasoning_details": told}).choices[0].parts
    assert isinstance(thought, Thought)
    assert isinstance(hidden, Thought)
    assert (thought.text, hidden.is_redacted) == ("hm", True)
    assert thought.seal is not None
    assert hidden.seal is not None
    assert json.loads(thought.seal.data)["signature"] == "sig"
    assert json.loads(hidden.seal.data) == {"type": "reasoning.encrypted", "data": "secret", "id": "r1", "index": 1}


def test_a_summary_is_marked_as_one() -> None:
    told = [{"type": "reasoning.summary", "summary": "short", "index": 0}]
    assert answered({"reasoning": "short", "reasoning_details": told}).choices[0].parts == (
        Thought("short", is_summary=True),
    )


def test_litellm_tells_anthropics_seal_beside_the_words() -> None:
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "sig"}, {"type": "redacted_thinking", "data": "x"}]
    assert answered({"reasoning_content": "hm", "thinking_blocks": blocks}).choices[0].parts == (
        Thought("hm", Seal(Form.ANTHROPIC_MESSAGES, "sig")),
        Thought("", Seal(Form.ANTHROPIC_MESSAGES, "x"), is_redacted=True),
    )


def test_text_that_goes_on_after_a_call_is_a_part_of_its_own() -> None:
    pieces = [chunk({"content": "a"}), chunk({"tool_calls": [{"index": 0, **CALL}]}), chunk({"content": "b"}, "stop")]
    assert folded(*pieces).choices[0].parts == (Text("a"), ToolCall("a", "f", "{}"), Text("b"))


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ({"content": None, "refusal": "no"}, Refusal("no")),
        (
            {"images": [{"image_url": {"url": "data:image/png;base64,AA"}}]},
            Image(Source(data="AA", media_type="image/png")),
        ),
        ({"content": [{"type": "image_url", "image_url": "https://x/y"}]}, Image(Source(url="https://x/y"))),
        ({"audio": {"id": "a"}}, Foreign(Form.OPENAI_CHAT, "audio", msgspec.Raw(b'{"id": "a"}'))),
        (
            {"content": [{"type": "reference", "ids": [1]}]},
            Foreign(Form.OPENAI_CHAT, "reference", msgspec.Raw(b'{"type": "reference", "ids": [1]}')),
        ),
    ],
)
def test_other_parts_are_kept(message: Json, part: Part) -> None:
    assert answered(message).choices[0].parts == (part,)


def test_annotations_cite_the_text_before_or_behind_them() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 1, "end_index": 2.0}}
    early = folded(chunk({"annotations": [note]}), chunk({"content": "hi"}, "stop"))
    late = folded(chunk({"content": "hi"}), chunk({"annotations": [note]}, "stop"))
    (text,) = early.choices[0].parts
    assert isinstance(text, Text)
    (citation,) = text.citations
    assert (citation.url, citation.title, citation.start, citation.end) == ("u", "t", 1, 2)
    assert late.choices == early.choices


@pytest.mark.parametrize(
    "more", [{"citations": ["https://a"]}, {"search_results": [{"url": "https://a", "title": None}]}]
)
def test_sources_of_the_whole_answer_become_citations(more: Json) -> None:
    pieces = [chunk({"content": "hi"}, None, **more), chunk({"content": ""}, "stop", **more)]
    for reply in (folded(*pieces), answered({"content": "hi"}, "stop", None, **more)):
        (text,) = reply.choices[0].parts
        assert isinstance(text, Text)
        assert [citation.url for citation in text.citations] == ["https://a"]


def test_an_annotation_of_another_kind_is_kept_unread() -> None:
    raw = msgspec.Raw(b'{"type":"other"}')
    assert citation_of(raw) == Citation(Form.OPENAI_CHAT, raw)
    assert citation_of(msgspec.Raw(b"1")).raw == msgspec.Raw(b"1")


def test_a_message_beside_an_empty_delta_is_the_answer() -> None:
    choice = {"index": 0, "message": {"content": "hi"}, "delta": {"content": ""}, "finish_reason": "stop"}
    assert answered({}, choices=[choice]).choices[0].parts == (Text("hi"),)


def test_names_come_from_the_first_event_that_has_any() -> None:
    reader = AnswerReader(is_whole=False)
    assert reader.take(Answer(id="", choices=[])) == []
    assert reader.take(Answer(id="x", model="m", created=1.0, service_tier="flex")) == [
        Began(Form.OPENAI_CHAT, "x", "m", 1, "flex")
    ]
    assert not reader.is_finished


def test_choices_are_told_apart() -> None:
    first = {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}
    second = {"index": 1, "delta": {"content": "b"}, "finish_reason": "length"}
    reply = folded(chunk({}, None, choices=[second]), chunk({}, None, choices=[first]), DONE)
    assert [(choice.parts, choice.finish) for choice in reply.choices] == [
        ((Text("a"),), Finish.STOP),
        ((Text("b"),), Finish.LENGTH),
    ]


def test_logprobs_of_another_shape_are_left_out() -> None:
    good = {"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [1]}, "finish_reason": None}
    odd = {"index": 0, "delta": {"content": "b"}, "logprobs": "none", "finish_reason": "stop"}
    reply = folded(chunk({}, choices=[good]), chunk({}, choices=[odd]))
    assert reply.choices[0].logprobs == msgspec.Raw(b'{"content": [1]}')


def test_roles_may_repeat_be_null_or_absent() -> None:
    deltas: list[Json] = [{"role": "assistant", "content": "a"}, {"role": None, "content": "b"}, {"content": "c"}]
    reply = folded(*(chunk(delta) for delta in deltas), DONE)
    assert reply.choices[0].parts == (Text("abc"),)
    assert reply.choices[0].finish is None


def test_a_source_is_a_url_unless_the_bytes_are_in_it() -> None:
    assert source_of("data:image/png;name=x;base64,AA") == Source(data="AA", media_type="image/png")
    assert source_of("data:image/svg+xml,<svg/>") == Source(url="data:image/svg+xml,<svg/>")


def test_nothing_is_said_twice() -> None:
    assert len(events_of(chunk({"content": ""}), chunk({}, "stop"), chunk({}, "stop"), DONE)) == 3
