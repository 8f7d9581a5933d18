import json

import msgspec
from msgspec import Raw

from narrowgate.dialects.openai_responses.written import GrowingCall, GrowingMessage, GrowingReasoning, Told
from narrowgate.model.conversation import Citation, Form, Refusal, Seal, Text, Thought, ToolCall

OWN, CLAUDE = Form.OPENAI_RESPONSES, Form.ANTHROPIC_MESSAGES


def names(told: list[Told]) -> list[str]:
    return [name.removeprefix("response.") for name, _ in told]


def plain(value: object) -> object:
    return json.loads(msgspec.json.encode(value))


def test_a_message_tells_of_each_of_its_parts() -> None:
    item = GrowingMessage(3, "msg_1")
    told = [*item.begin(Text("")), *item.grow("a"), *item.grow("b"), *item.end()]
    assert names(told) == [
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
    ]
    assert plain(told[1][1]) == {
        "item_id": "msg_1",
        "output_index": 3,
        "content_index": 0,
        "delta": "a",
        "logprobs": [],
    }
    told = [*item.begin(Refusal("")), *item.grow("no"), *item.end()]
    assert names(told) == ["content_part.added", "refusal.delta", "refusal.done", "content_part.done"]
    assert told[1][1]["content_index"] == 1
    text = {"type": "output_text", "text": "ab", "annotations": [], "logprobs": []}
    assert plain(item.close("completed")) == {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "content": [text, {"type": "refusal", "refusal": "no"}],
        "status": "completed",
    }


def test_citations_are_told_when_they_come_and_stay_with_their_text() -> None:
    item = GrowingMessage(0, "msg_1")
    item.begin(Text(""))
    item.grow("abc")
    own = Raw(b'{"type":"file_citation"}')
    ((name, members),) = item.cite(Citation(OWN, own))
    assert (name, members["annotation_index"]) == ("response.output_text.annotation.added", 0)
    item.cite(Citation(CLAUDE, Raw(b"{}"), "https://a.example", "A"))
    assert item.cite(Citation(CLAUDE, Raw(b"{}"), None, "A")) == []
    item.end()
    url = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 3}
    content = plain(item.close("completed").content)
    assert isinstance(content, list)
    assert content[0]["annotations"] == [{"type": "file_citation"}, url]


def test_log_probabilities_are_told_when_the_text_is_whole() -> None:
    item = GrowingMessage(0, "msg_1")
    item.begin(Text(""))
    item.add_logprobs([Raw(b'{"token":"a"}')])
    assert plain(item.end()[0][1]["logprobs"]) == [{"token": "a"}]


def test_a_summary_is_told_in_pieces() -> None:
    item = GrowingReasoning(0, "rs_1", wants_summary=False)
    told = [*item.begin(Thought(is_summary=True)), *item.grow("a"), *item.end()]
    assert names(told) == [
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
    ]
    item.begin(Thought(is_summary=True))
    assert item.grow("b")[1][1] == {"item_id": "rs_1", "output_index": 0, "summary_index": 1, "delta": "b"}


def test_reasoning_itself_is_content_unless_a_summary_is_wanted() -> None:
    for wants_summary, kind in ((False, "text"), (True, "summary_text")):
        item = GrowingReasoning(0, "rs_1", wants_summary=wants_summary)
        told = [*item.begin(Thought()), *item.grow("a"), *item.end()]
        assert names(told)[1] == f"reasoning_{kind}.delta"
        closed = plain(item.close("completed"))
        assert isinstance(closed, dict)
        assert (len(closed["summary"]), len(closed["content"])) == (int(wants_summary), int(not wants_summary))


def test_a_thought_without_words_tells_nothing_until_it_is_sealed() -> None:
    item = GrowingReasoning(0, "rs_1", wants_summary=False)
    assert [*item.begin(Thought(is_redacted=True)), *item.end()] == []
    item.seal = Seal(CLAUDE, "RED")
    assert item.close("completed").encrypted_content == "ng1.anthropic_messages.redacted.RED"


def test_a_seal_ends_an_item_and_a_name_holds_it_together() -> None:
    item = GrowingReasoning(0, "rs_1", wants_summary=False)
    item.begin(Thought("", Seal(OWN, "", "rs_1")))
    assert item.goes_on_with(Seal(OWN, "", "rs_1"))
    assert not item.goes_on_with(Seal(OWN, "", "rs_2"))
    assert not item.goes_on_with(None)
    item.seal = Seal(OWN, "E", "rs_1")
    assert not item.goes_on_with(Seal(OWN, "", "rs_1"))
    item.begin(Thought())
    assert item.goes_on_with(None)
    assert not item.goes_on_with(Seal(OWN, "", "rs_1"))


def test_calls_tell_of_their_input() -> None:
    call = GrowingCall(0, "fc_1", ToolCall("c1", "f", "", namespace="n", seal=Seal(Form.GEMINI_GENERATE, "S")))
    assert names([*call.grow("{}"), *call.end()]) == ["function_call_arguments.delta", "function_call_arguments.done"]
    assert plain(call.close("completed")) == {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "c1__seal_gemini_generate_53",
        "name": "f",
        "namespace": "n",
        "arguments": "{}",
        "status": "completed",
    }
    custom = GrowingCall(0, "ctc_1", ToolCall("c2", "g", "", is_custom=True))
    assert names([*custom.grow("x"), *custom.end()]) == ["custom_tool_call_input.delta", "custom_tool_call_input.done"]
    assert custom.close("completed").input == "x"
