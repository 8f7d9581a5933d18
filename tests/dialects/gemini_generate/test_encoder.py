"""A streamed answer looks as Gemini's own, in either framing."""

import json

from msgspec import Raw

from narrowgate.dialects.gemini_generate.encoder import GeminiEncoder
from narrowgate.model.conversation import Citation, Form, Image, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import (
    Began,
    Broke,
    Cited,
    Delta,
    Ended,
    Event,
    Finish,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Sealed,
    UsageTold,
)
from narrowgate.model.usage import Usage
from narrowgate.schemas.gemini_generate import PROMPT_BLOCKED
from narrowgate.wire.json_array import JsonArrayWriter

BEGAN = Began(Form.OPENAI_CHAT, "c1", "gpt")
SEAL = Seal(Form.GEMINI_GENERATE, "c2ln")


def written(*events: Event, array: JsonArrayWriter | None = None) -> bytes:
    encoder = GeminiEncoder("made", array)
    return b"".join([encoder.encode(event) for event in events])


def chunks(*events: Event) -> list[dict[str, object]]:
    text = written(*events)
    assert text.endswith(b"\r\n\r\n")
    return [json.loads(one.removeprefix(b"data: ")) for one in text.split(b"\r\n\r\n")[:-1]]


def parts(*events: Event) -> list[object]:
    return [
        part
        for one in written(*events).split(b"\r\n\r\n")[:-1]
        for candidate in json.loads(one.removeprefix(b"data: ")).get("candidates", [])
        for part in candidate["content"]["parts"]
    ]


def test_text_goes_out_as_it_comes_and_the_end_tells_why() -> None:
    found = chunks(
        BEGAN,
        PartBegan(0, 0, Text("")),
        Delta(0, 0, "a"),
        PartEnded(0, 0),
        Finished(0, Finish.LENGTH),
        UsageTold(Usage(2, output_text=1)),
        Ended(),
    )
    assert found[0] == {
        "candidates": [{"content": {"parts": [{"text": "a"}], "role": "model"}, "index": 0}],
        "modelVersion": "gpt",
        "responseId": "c1",
    }
    last = found[1]
    assert last["candidates"] == [
        {"content": {"parts": [{"text": ""}], "role": "model"}, "finishReason": "MAX_TOKENS", "index": 0}
    ]
    assert isinstance(last["usageMetadata"], dict)
    assert last["usageMetadata"]["totalTokenCount"] == 3
    assert len(found) == 2


def test_calls_are_whole_and_in_order() -> None:
    assert parts(
        BEGAN,
        PartBegan(0, 0, ToolCall("a", "f", "")),
        PartBegan(0, 1, ToolCall("b", "g", "")),
        Delta(0, 1, '{"y":'),
        Delta(0, 0, '{"x":1}'),
        Delta(0, 1, "2}"),
        PartEnded(0, 1),
        Sealed(0, 0, SEAL),
        PartEnded(0, 0),
    ) == [
        {"thoughtSignature": "c2ln", "functionCall": {"id": "a", "name": "f", "args": {"x": 1}}},
        {"functionCall": {"id": "b", "name": "g", "args": {"y": 2}}},
    ]


def test_thoughts_end_with_their_signature() -> None:
    assert parts(
        PartBegan(0, 0, Thought()),
        Delta(0, 0, "hm"),
        Sealed(0, 0, SEAL),
        PartEnded(0, 0),
        PartBegan(0, 1, Thought()),
        Sealed(0, 1, SEAL),
        PartEnded(0, 1),
        PartBegan(0, 2, Thought()),
        PartEnded(0, 2),
    ) == [
        {"text": "hm", "thought": True},
        {"text": "", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "", "thoughtSignature": "c2ln"},
    ]


def test_whole_parts_go_out_at_once() -> None:
    picture = Image(Source(data="x", media_type="image/png"))
    assert parts(PartBegan(0, 0, picture), PartEnded(0, 0)) == [{"inlineData": {"mimeType": "image/png", "data": "x"}}]


def test_citations_and_probabilities_stand_in_the_last_chunk() -> None:
    citation = Citation(Form.OPENAI_CHAT, Raw(b"{}"), "https://a", start=1, end=2)
    probable = Raw(b'{"content":[{"token":"a","logprob":-1}]}')
    text = written(
        PartBegan(0, 0, Text("")),
        Delta(0, 0, "é"),
        Delta(0, 0, "b"),
        Cited(0, 0, citation),
        LogprobsTold(0, probable),
        LogprobsTold(0, probable),
        PartEnded(0, 0),
        Finished(0, Finish.STOP),
        Ended(),
    )
    last = text.split(b"\r\n\r\n")[-2]
    assert b'"segment":{"startIndex":2,"endIndex":3}' in last
    assert last.count(b'"logProbability":-1.0') == 2


def test_a_blocked_prompt_is_told_as_such() -> None:
    finished = Finished(0, Finish.CONTENT_FILTER, None, f"{PROMPT_BLOCKED}OTHER")
    assert chunks(Began(Form.GEMINI_GENERATE), finished, Ended()) == [
        {"promptFeedback": {"blockReason": "OTHER"}, "responseId": "made"}
    ]


def test_without_sse_it_is_one_array() -> None:
    events = (BEGAN, PartBegan(0, 0, Text("")), Delta(0, 0, "a"), PartEnded(0, 0), Finished(0, Finish.STOP), Ended())
    assert len(json.loads(written(*events, array=JsonArrayWriter()))) == 2


def test_a_failure_is_an_error_and_no_end() -> None:
    fault = Fault(FaultKind.UPSTREAM_BROKEN, "it broke")
    text = written(BEGAN, Broke(fault))
    assert text.startswith(b'data: {"error":{"code":502,"message":"it broke"')
    assert b"finishReason" not in text
    encoder = GeminiEncoder("made", JsonArrayWriter())
    assert json.loads(encoder.fail(fault))[0]["error"]["status"] == "UNAVAILABLE"
