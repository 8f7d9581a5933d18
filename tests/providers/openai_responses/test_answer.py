import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.model.conversation import Foreign, Form, Image, Refusal, Seal, Source, Text, Thought, ToolCall
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Finish
from narrowgate.providers.openai_responses.answer import check_utf8, from_wire
from narrowgate.wire.errors import WireError

OWN = Form.OPENAI_RESPONSES


def body(*output: object, **members: object) -> bytes:
    whole = {"id": "resp_1", "object": "response", "created_at": 7.0, "model": "m", "status": "completed"}
    return json.dumps({**whole, "output": output, **members}).encode()


def message(*content: object) -> dict[str, object]:
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}


def text(words: str, **members: object) -> dict[str, object]:
    return {"type": "output_text", "text": words, "annotations": [], **members}


def read(*output: object, **members: object) -> tuple[object, ...]:
    return from_wire(body(*output, **members)).choices[0].parts


def test_a_message_is_its_texts_and_refusals() -> None:
    parts = read(message(text("a"), {"type": "refusal", "refusal": "no"}, text("")))
    assert parts == (Text("a"), Refusal("no"), Text(""))


def test_the_head_of_the_answer_is_read() -> None:
    reply = from_wire(body(message(text("a")), service_tier="flex", billing={"payer": "x"}))
    assert (reply.form, reply.id, reply.model, reply.created_s) == (OWN, "resp_1", "m", 7)
    assert (reply.service_tier, reply.choices[0].finish) == ("flex", Finish.STOP)
    assert ("billing", b'{"payer": "x"}') in [(name, bytes(value)) for name, value in reply.extras]


def test_each_thought_of_an_item_has_its_name_and_the_last_its_seal() -> None:
    summary = [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]
    parts = read({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "E"})
    first = Thought("a", Seal(OWN, "", "rs_1"), is_summary=True)
    assert parts == (first, Thought("b", Seal(OWN, "E", "rs_1"), is_summary=True))


def test_reasoning_itself_is_no_summary() -> None:
    content = [{"type": "reasoning_text", "text": "a"}]
    assert read({"type": "reasoning", "summary": [], "content": content}) == (Thought("a"),)


def test_a_thought_without_words_keeps_its_seal() -> None:
    parts = read({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "E"})
    assert parts == (Thought("", Seal(OWN, "E", "rs_1")),)


def test_a_seal_another_gateway_tagged_is_untagged() -> None:
    tagged = "ng1.anthropic_messages..SIG"
    parts = read({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": tagged})
    assert parts == (Thought("", Seal(Form.ANTHROPIC_MESSAGES, "SIG")),)


def test_calls_keep_order_ids_and_namespace() -> None:
    reply = from_wire(
        body(
            {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "f", "arguments": '{"x":1}'},
            {"type": "function_call", "call_id": "b", "name": "g", "namespace": "n", "arguments": {"y": 2}},
            {"type": "custom_tool_call", "call_id": "c", "name": "h", "input": "free"},
        )
    )
    first, second = ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", '{"y": 2}', namespace="n")
    assert reply.choices[0].parts == (first, second, ToolCall("c", "h", "free", is_custom=True))
    assert reply.choices[0].finish is Finish.TOOL_CALLS


def test_calls_without_any_id_get_one_each() -> None:
    call = {"type": "function_call", "name": "f", "arguments": "{}"}
    assert read(call, call) == (ToolCall("call_0", "f", "{}"), ToolCall("call_1", "f", "{}"))


def test_an_image_is_shown_and_what_is_not_known_passes() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    image, other = read({"type": "image_generation_call", "result": "QQ==", "output_format": "jpeg"}, search)
    assert image == Image(Source(data="QQ==", media_type="image/jpeg"))
    assert isinstance(other, Foreign)
    assert (other.form, other.kind, json.loads(bytes(other.raw))) == (OWN, "web_search_call", search)


def test_citations_keep_their_json() -> None:
    annotation = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 1}
    (part,) = read(message(text("a", annotations=[annotation])))
    assert isinstance(part, Text)
    (citation,) = part.citations
    assert (citation.form, citation.url, citation.title) == (OWN, "https://a.example", "A")
    assert json.loads(bytes(citation.raw)) == annotation


def test_log_probabilities_become_those_of_chat() -> None:
    logprobs = [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}]
    reply = from_wire(body(message(text("a", logprobs=logprobs))))
    assert reply.choices[0].logprobs is not None
    assert json.loads(bytes(reply.choices[0].logprobs)) == {"content": logprobs}


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", Finish.LENGTH), ("content_filter", Finish.CONTENT_FILTER), ("other_reason", Finish.OTHER)],
)
def test_an_incomplete_answer_says_why(reason: str, finish: Finish) -> None:
    whole = body(message(text("a")), status="incomplete", incomplete_details={"reason": reason})
    choice = from_wire(whole).choices[0]
    assert (choice.finish, choice.finish_word) == (finish, reason)


def test_an_answer_that_failed_is_an_error_in_spite_of_its_status() -> None:
    with pytest.raises(Failed) as caught:
        from_wire(body(status="failed", error={"code": "server_error", "message": "oh"}))
    assert (caught.value.fault.message, caught.value.fault.code) == ("oh", "server_error")


@pytest.mark.parametrize("status", ["queued", "in_progress", "cancelled"])
def test_an_answer_that_is_not_finished_is_none(status: str) -> None:
    with pytest.raises(WireError, match=status):
        from_wire(body(status=status))


def test_a_body_without_output_is_no_answer() -> None:
    with pytest.raises(WireError, match="output"):
        from_wire(b'{"choices":[]}')


def test_what_is_not_utf8_is_refused() -> None:
    with pytest.raises(WireError, match="UTF-8"):
        check_utf8(b'"\xff"')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["message", "reasoning", "function_call"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "output", "content", "summary", "text", "id", "arguments", "usage", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=30)
@given(JSON)
def test_junk_is_a_wire_error_or_an_answer(junk: object) -> None:
    for whole in (json.dumps(junk).encode(), body(junk), body(message(junk)), body(text("a"), usage=junk)):
        with suppress(WireError, Failed):
            from_wire(whole)


@given(st.binary())
def test_bytes_that_are_no_json_are_a_wire_error(junk: bytes) -> None:
    with suppress(WireError, Failed):
        from_wire(junk)
