"""Parts, finish reasons and usage are in Gemini's words."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.gemini_generate.pieces import encoded, finish_of, part_of, thought_piece, usage_metadata
from narrowgate.model.conversation import Foreign, Form, Image, Part, Refusal, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.reply import Finish
from narrowgate.model.usage import Usage


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (Text("a"), {"text": "a"}),
        (Refusal("no"), {"text": "no"}),
        (Thought("hm"), {"text": "hm", "thought": True}),
        (Thought("", Seal(Form.GEMINI_GENERATE, "c")), {"text": "", "thoughtSignature": "c"}),
        (ToolCall("i", "f", '{"a": 1}'), {"functionCall": {"id": "i", "name": "f", "args": {"a": 1}}}),
        (ToolCall("i", "f", "broken {"), {"functionCall": {"id": "i", "name": "f", "args": {"input": "broken {"}}}),
        (Image(Source(data="x", media_type="image/gif")), {"inlineData": {"mimeType": "image/gif", "data": "x"}}),
        (Image(Source(url="https://a")), {"fileData": {"fileUri": "https://a"}}),
        (Foreign(Form.GEMINI_GENERATE, "x", Raw(b'{"x":1}')), {"x": 1}),
    ],
)
def test_parts_are_written(part: Part, written: object) -> None:
    made = part_of(part)
    assert made is not None
    assert json.loads(bytes(encoded([made])[0])) == written


def test_what_has_no_place_is_left_out() -> None:
    assert part_of(Foreign(Form.COHERE_CHAT, "x", Raw(b"{}"))) is None
    assert part_of(Text("")) is None
    assert thought_piece("", Thought()) is None


def test_finish_reasons_are_googles() -> None:
    other = Form.OPENAI_CHAT
    assert finish_of(Finish.TOOL_CALLS, "tool_calls", other) == "STOP"
    assert finish_of(Finish.REFUSAL, None, other) == "SAFETY"
    assert finish_of(None, None, other) == "STOP"
    assert finish_of(Finish.OTHER, "LANGUAGE", Form.GEMINI_GENERATE) == "LANGUAGE"


@given(st.builds(Usage, *[st.integers(0, 10**6)] * 9))
def test_usage_adds_up_as_googles_does(usage: Usage) -> None:
    found = json.loads(msgspec.json.encode(usage_metadata(usage)))
    assert found["promptTokenCount"] == usage.input_total
    assert found["candidatesTokenCount"] + found.get("thoughtsTokenCount", 0) == usage.output_total
    assert found["totalTokenCount"] == usage.input_total + usage.output_total
    assert sum(one["tokenCount"] for one in found.get("promptTokensDetails", [])) == usage.input_total
