"""What a model said is read from its answer, whole or in chunks."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import Foreign, Form, Image, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Finish
from narrowgate.providers.family import Quirks
from narrowgate.providers.gemini_generate import FAMILY
from narrowgate.providers.gemini_generate.answer import reply_of
from narrowgate.wire.errors import WireError
from tests.providers.gemini_generate.told import body, chunk, parts_of, streamed, whole

SEAL = Seal(Form.GEMINI_GENERATE, "c2ln")


def test_a_stream_adds_up_to_the_whole_answer() -> None:
    found = streamed(
        chunk({"text": "hm", "thought": True}),
        chunk({"text": "so", "thought": True}),
        chunk({"text": "he"}),
        chunk({"text": "llo"}, finish="STOP"),
    )
    assert found.choices == whole({"text": "hmso", "thought": True}, {"text": "hello"}).choices
    assert found.id == "r1"
    assert found.model == "gemini-2.5-flash"


def test_the_signature_of_a_text_is_an_empty_thought_behind_it() -> None:
    assert parts_of({"text": "a", "thoughtSignature": "c2ln"}) == (Text("a"), Thought("", SEAL))
    assert parts_of({"text": "", "thoughtSignature": "c2ln"}) == (Thought("", SEAL),)
    assert parts_of({"text": "h", "thought": True, "thoughtSignature": "c2ln"}) == (Thought("h", SEAL),)


def test_calls_keep_their_order_and_get_ids() -> None:
    found = parts_of(
        {"functionCall": {"name": "f", "args": {"a": 1.0}}, "thoughtSignature": "c2ln"},
        {"functionCall": {"name": "f", "id": "given"}},
        {"functionCall": {"name": "g", "args": None}},
    )
    assert found == (
        ToolCall("call_r1_0", "f", '{"a": 1.0}', seal=SEAL),
        ToolCall("given", "f", "{}"),
        ToolCall("call_r1_1", "g", "{}"),
    )


def test_ids_given_twice_are_told_apart() -> None:
    found = parts_of({"functionCall": {"name": "f", "id": "x"}}, {"functionCall": {"name": "f", "id": "x"}})
    assert found == (ToolCall("x", "f", "{}"), ToolCall("call_r1_0", "f", "{}"))


def test_calls_say_why_the_answer_ended() -> None:
    assert whole({"functionCall": {"name": "f"}}).choices[0].finish is Finish.TOOL_CALLS
    assert whole({"functionCall": {"name": "f"}}, finish="MAX_TOKENS").choices[0].finish is Finish.LENGTH


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("STOP", Finish.STOP),
        (1, Finish.STOP),
        ("MAX_TOKENS", Finish.LENGTH),
        ("SAFETY", Finish.CONTENT_FILTER),
        ("UNEXPECTED_TOOL_CALL", Finish.OTHER),
        ("A_NEW_ONE", Finish.OTHER),
    ],
)
def test_finish_reasons_are_known(word: object, finish: Finish) -> None:
    assert whole({"text": "a"}, finish=word).choices[0].finish is finish


def test_arguments_that_come_in_pieces_are_put_together() -> None:
    found = streamed(
        chunk({"functionCall": {"name": "f", "willContinue": True}}),
        chunk({"functionCall": {"partialArgs": [{"jsonPath": "$.a", "stringValue": "x"}], "willContinue": True}}),
        chunk({"functionCall": {"partialArgs": [{"jsonPath": "$.a", "stringValue": "y"}], "willContinue": True}}),
        chunk({"functionCall": {}}, finish="STOP"),
    )
    assert found.choices[0].parts == (ToolCall("call_r1_0", "f", '{"a":"xy"}'),)


def test_pictures_and_what_only_google_knows_are_parts() -> None:
    found = parts_of(
        {"inlineData": {"mimeType": "image/png", "data": "iVBOR"}},
        {"executableCode": {"code": "1"}, "thoughtSignature": "c2ln"},
    )
    raw = Raw(b'{"executableCode": {"code": "1"}, "thoughtSignature": "c2ln"}')
    assert found[0] == Image(Source(data="iVBOR", media_type="image/png"))
    assert isinstance(found[1], Foreign)
    assert (found[1].kind, bytes(found[1].raw)) == ("executableCode", bytes(raw))


def test_a_blocked_prompt_is_an_answer_without_parts() -> None:
    found = reply_of(b'{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}}')
    assert found.choices[0].finish is Finish.CONTENT_FILTER
    assert found.choices[0].parts == ()
    assert found.usage is not None


def test_several_answers_are_told_apart() -> None:
    found = reply_of(
        b'{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},'
        b'{"content":{"parts":[{"text":"b"}]},"finishReason":"MAX_TOKENS","index":1}]}'
    )
    assert [choice.finish for choice in found.choices] == [Finish.STOP, Finish.LENGTH]


def test_members_only_google_knows_are_kept() -> None:
    found = whole({"text": "a"}, createTime="2026-01-01")
    assert [(name, bytes(value)) for name, value in found.extras] == [("createTime", b'"2026-01-01"')]


def test_log_probabilities_are_told() -> None:
    found = reply_of(
        b'{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP",'
        b'"logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.5}]}}]}'
    )
    assert found.choices[0].logprobs is not None


def test_the_service_tier_is_told() -> None:
    usage = {"promptTokenCount": 1, "serviceTier": "flex"}
    assert whole({"text": "a"}, usageMetadata=usage).service_tier == "flex"


def test_an_error_in_spite_of_its_status_fails() -> None:
    with pytest.raises(Failed) as caught:
        reply_of(b'{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}')
    assert caught.value.fault.upstream_status == 503
    assert caught.value.fault.message == "busy"


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"<html>", b'{"candidates":3}', b'{"candidates":[{"index":-1}]}'])
def test_what_is_no_answer_is_refused(junk: bytes) -> None:
    with pytest.raises(WireError):
        reply_of(junk)


@given(st.binary(max_size=40), st.integers(0, 400))
def test_junk_is_refused_and_nothing_else(junk: bytes, at: int) -> None:
    text = body(
        {"text": "a"}, {"functionCall": {"name": "f", "args": {"a": [1]}}}, usageMetadata={"promptTokenCount": 1}
    )
    with contextlib.suppress(WireError, Failed):
        FAMILY.from_wire(text[:at] + junk + text[at + 1 :], Quirks())
