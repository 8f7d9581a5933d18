import msgspec
import pytest
from msgspec import Raw

from narrowgate.dialects.anthropic_messages.encoder import MessagesEncoder
from narrowgate.model.conversation import Citation, Foreign, Form, Image, Refusal, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import (
    Began,
    Broke,
    Choice,
    Cited,
    Delta,
    Ended,
    Event,
    Finish,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Reply,
    Sealed,
    UsageTold,
    fold,
    unfold,
)
from narrowgate.model.usage import Usage
from narrowgate.providers.anthropic_messages.stream import MessagesDecoder
from narrowgate.wire.sse_reader import SseReader

CHAT = Form.OPENAI_CHAT


def told(*events: Event) -> list[dict[str, object]]:
    encoder = MessagesEncoder("asked-model", "msg_9")
    reader = SseReader()
    found = []
    for event in events:
        for name, data in reader.feed(encoder.encode(event)):
            value = msgspec.json.decode(data, type=dict[str, object])
            assert value["type"] == name.decode()
            found.append(value)
    return found


def kinds(*events: Event) -> list[object]:
    return [event["type"] for event in told(*events)]


def blocks(*events: Event) -> list[object]:
    """What stands between the start and the end of the message, without pings."""
    return [event for event in told(*events) if str(event["type"]).startswith("content_block_")]


def test_a_text_is_told_in_the_order_the_sdks_expect() -> None:
    events = told(
        Began(CHAT, "", "", 0),
        PartBegan(0, 0, Text("")),
        Delta(0, 0, "he"),
        Delta(0, 0, "llo"),
        PartEnded(0, 0),
        Finished(0, Finish.STOP, None, "stop"),
        UsageTold(Usage(3, 4, output_text=5)),
        Ended(),
    )
    nothing = {"input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 0}
    assert events == [
        {
            "type": "message_start",
            "message": {
                "id": "msg_9",
                "type": "message",
                "role": "assistant",
                "model": "asked-model",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": nothing,
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "he"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "llo"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": nothing | {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 5},
        },
        {"type": "message_stop"},
    ]


def test_usage_that_comes_at_once_stands_in_the_start() -> None:
    start = told(Began(CHAT), UsageTold(Usage(7)))[0]
    assert isinstance(start["message"], dict)
    assert start["message"]["usage"]["input_tokens"] == 7


def test_an_empty_answer_is_whole() -> None:
    assert kinds(Began(CHAT), Ended()) == ["message_start", "message_delta", "message_stop"]


def test_parallel_calls_come_one_behind_the_other() -> None:
    events = blocks(
        Began(CHAT),
        PartBegan(0, 0, ToolCall("a", "f", "")),
        PartBegan(0, 1, ToolCall("b", "g", "")),
        Delta(0, 1, '{"y":2}'),
        Delta(0, 0, '{"x":1}'),
        PartEnded(0, 0),
        PartEnded(0, 1),
        Finished(0, Finish.STOP),
        Ended(),
    )
    assert events == [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "tool_use", "id": "a", "name": "f", "input": {}},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": '{"x":1}'}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "b", "name": "g", "input": {}},
        },
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"y":2}'}},
        {"type": "content_block_stop", "index": 1},
    ]


def test_a_stop_with_calls_is_tool_use() -> None:
    events = told(
        Began(CHAT), PartBegan(0, 0, ToolCall("a", "f", "")), PartEnded(0, 0), Finished(0, Finish.STOP), Ended()
    )
    assert events[-2]["delta"] == {"stop_reason": "tool_use", "stop_sequence": None}


def test_thinking_has_its_signature_behind_it() -> None:
    events = blocks(
        Began(Form.BEDROCK_CONVERSE),
        PartBegan(0, 0, Thought()),
        Delta(0, 0, "hm"),
        Sealed(0, 0, Seal(Form.BEDROCK_CONVERSE, "s")),
        PartEnded(0, 0),
        Ended(),
    )
    assert events == [
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "thinking", "thinking": "", "signature": ""},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "signature_delta", "signature": "ng1.bedrock_converse..s"},
        },
        {"type": "content_block_stop", "index": 0},
    ]


def test_redacted_thinking_is_told_when_its_seal_is_known() -> None:
    own = Form.ANTHROPIC_MESSAGES
    events = blocks(
        Began(own), PartBegan(0, 0, Thought(is_redacted=True)), Sealed(0, 0, Seal(own, "enc")), PartEnded(0, 0), Ended()
    )
    assert events == [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": "enc"}},
        {"type": "content_block_stop", "index": 0},
    ]


def test_free_text_of_a_call_becomes_a_member_of_an_object() -> None:
    events = told(
        Began(Form.OPENAI_RESPONSES),
        PartBegan(0, 0, ToolCall("a", "patch", "", is_custom=True)),
        Delta(0, 0, 'say "'),
        Delta(0, 0, 'x"\n'),
        PartEnded(0, 0),
        Ended(),
    )
    pieces = [
        str(event["delta"]["partial_json"])
        for event in events
        if event["type"] == "content_block_delta" and isinstance(event["delta"], dict)
    ]
    assert msgspec.json.decode("".join(pieces)) == {"input": 'say "x"\n'}


def test_a_call_of_gemini_waits_for_the_seal_its_id_carries() -> None:
    events = blocks(
        Began(Form.GEMINI_GENERATE),
        PartBegan(0, 0, ToolCall("call_0", "f", "")),
        Delta(0, 0, "{}"),
        Sealed(0, 0, Seal(Form.GEMINI_GENERATE, "s")),
        PartEnded(0, 0),
        Ended(),
    )
    assert len(events) == 3
    assert isinstance(events[0], dict)
    assert events[0]["content_block"]["id"] == "call_0__seal_gemini_generate_73"


def test_citations_are_deltas_of_their_text() -> None:
    citation = Citation(Form.ANTHROPIC_MESSAGES, Raw(b'{"type":"page_location","document_index":1}'))
    events = blocks(Began(CHAT), PartBegan(0, 0, Text("")), Cited(0, 0, citation), PartEnded(0, 0), Ended())
    assert events[1] == {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "citations_delta", "citation": {"type": "page_location", "document_index": 1}},
    }


def test_what_this_form_does_not_have_is_not_told() -> None:
    events = told(
        Began(CHAT),
        PartBegan(0, 0, Foreign(Form.OPENAI_RESPONSES, "web_search_call", Raw(b"{}"))),
        Delta(0, 0, "x"),
        Sealed(0, 0, Seal(CHAT, "s")),
        PartEnded(0, 0),
        PartBegan(1, 0, Text("")),
        LogprobsTold(0, Raw(b"{}")),
        Finished(1, Finish.LENGTH),
        PartBegan(0, 1, Refusal("")),
        Delta(0, 1, "no"),
        Sealed(0, 1, Seal(CHAT, "s")),
        PartEnded(0, 1),
        PartBegan(0, 2, Image(Source(url="https://a.example"))),
        PartEnded(0, 2),
        Ended(),
    )
    indices = [event["index"] for event in events if event["type"] == "content_block_start"]
    assert indices == [0, 1]
    assert events[-2]["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}


def test_a_failure_ends_the_stream_without_a_success_marker() -> None:
    fault = Fault(FaultKind.UPSTREAM_REFUSED, "too much", upstream_status=529, upstream_type="overloaded_error")
    events = told(Began(CHAT), PartBegan(0, 0, Text("")), Broke(fault))
    assert events[-1] == {"type": "error", "error": {"type": "overloaded_error", "message": "too much"}}
    assert "message_stop" not in [event["type"] for event in events]
    assert MessagesEncoder("m", "i").fail(fault).startswith(b"event: error\n")


@pytest.mark.parametrize("form", [Form.ANTHROPIC_MESSAGES, Form.OPENAI_RESPONSES])
def test_what_was_written_reads_back_as_the_same_answer(form: Form) -> None:
    parts = (
        Thought("hm", Seal(form, "c2ln")),
        Thought("", Seal(form, "ZW5j"), is_redacted=True),
        Text("yes", citations=(Citation(Form.ANTHROPIC_MESSAGES, Raw(b'{"type":"page_location"}')),)),
        ToolCall("t", "look", '{"a": 1}'),
        Foreign(Form.ANTHROPIC_MESSAGES, "mcp_tool_use", Raw(b'{"type":"mcp_tool_use","input":{}}')),
        ToolCall("u", "look", "{}"),
    )
    choice = Choice(parts, Finish.TOOL_CALLS, None, None, "tool_use")
    reply = Reply(form, "msg_1", "m", (choice,), Usage(1, 2, 3, output_text=4, reasoning=5))
    encoder, decoder = MessagesEncoder("m", "i"), MessagesDecoder()
    body = b"".join(encoder.encode(event) for event in unfold(reply))
    assert fold(decoder.feed(body)) == msgspec.structs.replace(reply, form=Form.ANTHROPIC_MESSAGES)
