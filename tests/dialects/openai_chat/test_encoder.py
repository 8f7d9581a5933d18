"""A streamed answer is what OpenAI's clients read."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.openai_chat.encoder import ChatEncoder
from narrowgate.model.conversation import (
    Citation,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Request,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
)
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import (
    Began,
    Broke,
    Choice,
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
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat import FAMILY
from tests.dialects.openai_chat.asking import Json, asked

ASKED = asked(stream=True)
COUNTED = asked(stream=True, stream_options={"include_usage": True})
OLD = asked(stream=True, functions=[{"name": "f"}])


def written(events: list[Event], request: Request = ASKED) -> bytes:
    encoder = ChatEncoder(request, "chatcmpl-1", 5)
    return b"".join(encoder.encode(event) for event in events)


def chunks(events: list[Event], request: Request = ASKED) -> list[Json]:
    blocks = written(events, request).decode().removesuffix("data: [DONE]\n\n").split("\n\n")
    return [json.loads(block.removeprefix("data: ")) for block in blocks if block]


def deltas(*parts: Part, request: Request = ASKED, finish: Finish = Finish.STOP) -> list[Json]:
    """Return the deltas of an answer with `parts`, without the first and the last chunk."""
    reply = Reply(Form.ANTHROPIC_MESSAGES, "x", "m1", (Choice(parts, finish),))
    return [delta_of(chunk) for chunk in chunks(list(unfold(reply)), request)[1:-1]]


def delta_of(chunk: Json) -> Json:
    choices = chunk["choices"]
    assert isinstance(choices, list)
    delta: Json = choices[0]["delta"]
    return delta


def test_a_stream_has_what_clients_need() -> None:
    events: list[Event] = [
        Began(Form.ANTHROPIC_MESSAGES),
        PartBegan(0, 0, Text("")),
        Delta(0, 0, "hi"),
        PartEnded(0, 0),
        UsageTold(Usage(1)),
        Finished(0, Finish.STOP),
        Ended(),
    ]
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 5, "model": "m"}
    assert chunks(events) == [
        {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": None}]},
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    assert written(events).endswith(b"\n\ndata: [DONE]\n\n")


def test_usage_comes_last_and_only_to_those_who_asked() -> None:
    events: list[Event] = [
        Began(Form.COHERE_CHAT, "x", "m1", 9, "flex"),
        UsageTold(Usage(1)),
        Finished(0, None),
        Ended(),
    ]
    *others, last = chunks(events, COUNTED)
    assert [chunk["usage"] for chunk in others] == [None, None]
    assert last["choices"] == []
    assert isinstance(last["usage"], dict)
    assert last["usage"]["prompt_tokens"] == 1
    assert (last["id"], last["model"], last["created"], last["service_tier"]) == ("x", "m1", 9, "flex")
    assert "usage" not in chunks(events)[-1]
    assert len(chunks([*events[:1], *events[2:]], COUNTED)) == 2


def test_calls_are_numbered_and_come_in_pieces() -> None:
    seal = Seal(Form.GEMINI_GENERATE, "sig")
    assert deltas(Text("t"), ToolCall("a", "f", "1", seal=seal), ToolCall("b", "c", "2", is_custom=True)) == [
        {"content": "t"},
        {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "1"}}]},
        {
            "tool_calls": [
                {"index": 0, "function": {"arguments": ""}, "extra_content": {"google": {"thought_signature": "sig"}}}
            ]
        },
        {"tool_calls": [{"index": 1, "id": "b", "type": "custom", "custom": {"name": "c", "input": ""}}]},
        {"tool_calls": [{"index": 1, "custom": {"input": "2"}}]},
    ]


def test_thoughts_are_told_at_once_and_sealed_when_they_end() -> None:
    sealed, hidden = Seal(Form.ANTHROPIC_MESSAGES, "sig"), Seal(Form.ANTHROPIC_MESSAGES, "d")
    detail = Seal(Form.OPENAI_CHAT, '{"type":"reasoning.text","signature":"s"}')
    assert deltas(Thought("hm", sealed), Thought("", hidden, is_redacted=True), Thought("so", detail)) == [
        {"reasoning_content": "hm"},
        {"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "sig"}]},
        {"thinking_blocks": [{"type": "redacted_thinking", "data": "d"}]},
        {"reasoning_content": "so"},
        {"reasoning_details": [{"type": "reasoning.text", "signature": "s"}]},
    ]


def test_other_parts_have_their_members() -> None:
    note = msgspec.Raw(b'{"type":"t"}')
    assert deltas(
        Thought("a", is_summary=True),
        Thought("b", is_summary=True),
        Text("t", citations=(Citation(Form.OPENAI_CHAT, note),)),
        Refusal("no"),
        Image(Source(url="https://x")),
        Foreign(Form.OPENAI_CHAT, "audio", msgspec.Raw(b'{"id":"x"}')),
        Foreign(Form.COHERE_CHAT, "other", msgspec.Raw(b"{}")),
    ) == [
        {"reasoning_content": "a"},
        {"reasoning_content": "\n\nb"},
        {"content": "t"},
        {"annotations": [{"type": "t"}]},
        {"refusal": "no"},
        {"images": [{"image_url": {"url": "https://x"}, "type": "image_url", "index": 0}]},
        {"audio": {"id": "x"}},
    ]


def test_a_client_of_the_old_ways_gets_one_function_call() -> None:
    calls = (ToolCall("a", "f", "1", seal=Seal(Form.GEMINI_GENERATE, "s")), ToolCall("b", "g", "2"))
    assert deltas(*calls, request=OLD, finish=Finish.TOOL_CALLS) == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "1"}},
        {},
        {},
    ]


def test_openings_may_hold_words_already() -> None:
    events: list[Event] = [PartBegan(0, 0, Thought("h")), PartEnded(0, 0), PartBegan(0, 1, Text("t")), PartEnded(0, 1)]
    found = [delta_of(chunk) for chunk in chunks([Began(Form.COHERE_CHAT), *events])]
    assert found[1:] == [{"reasoning_content": "h"}, {"content": "t"}]


def test_logprobs_have_a_chunk() -> None:
    found = chunks([Began(Form.OPENAI_CHAT), LogprobsTold(0, msgspec.Raw(b'{"content":[]}'))])
    assert found[1]["choices"] == [{"index": 0, "delta": {}, "finish_reason": None, "logprobs": {"content": []}}]


def test_a_failure_is_told_without_a_sign_of_success() -> None:
    fault = Fault(FaultKind.UPSTREAM_REFUSED, "no more", upstream_status=429)
    broken = written([Began(Form.COHERE_CHAT), Broke(fault)])
    assert broken.endswith(ChatEncoder(ASKED, "x", 1).fail(fault))
    assert b"[DONE]" not in broken
    assert b'"message":"no more"' in broken


WORDS = st.text("ab é", min_size=1, max_size=4)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, WORDS),
    st.builds(Thought, WORDS),
    st.builds(Refusal, WORDS),
    st.builds(ToolCall, WORDS, WORDS, WORDS),
)


@given(
    st.lists(PARTS, max_size=4, unique_by=lambda part: part.id if isinstance(part, ToolCall) else part),
    st.sampled_from(Finish),
)
def test_what_is_written_reads_as_what_was_said(parts: list[Part], finish: Finish) -> None:
    """Neighbours of one kind become one part; what a provider of this form says comes through whole."""
    stream = written(
        list(unfold(Reply(Form.OPENAI_CHAT, "x", "m1", (Choice(tuple(parts), finish),), Usage(1), 9))), COUNTED
    )
    decoder = FAMILY.decoder(Quirks())
    reply = fold([*decoder.feed(stream), *decoder.end()])
    assert (reply.id, reply.model, reply.created_s, reply.usage) == ("x", "m1", 9, Usage(1))
    for kind in (Text, Thought, Refusal):
        assert words(reply.choices[0].parts, kind) == words(tuple(parts), kind)
    calls = [part for part in parts if isinstance(part, ToolCall)]
    assert [part for part in reply.choices[0].parts if isinstance(part, ToolCall)] == calls


def words(parts: tuple[Part, ...], kind: type[Text | Thought | Refusal]) -> str:
    return "".join(part.text for part in parts if isinstance(part, kind))


def test_a_call_of_googles_comes_in_one_piece_with_its_seal() -> None:
    seal = Seal(Form.GEMINI_GENERATE, "sig")
    events: list[Event] = [
        Began(Form.GEMINI_GENERATE, "x", "m", 9),
        PartBegan(0, 0, ToolCall("a", "f", "")),
        Delta(0, 0, "{}"),
        Sealed(0, 0, seal),
        PartEnded(0, 0),
    ]
    _, chunk = chunks(events)
    (choice,) = chunk["choices"]  # type: ignore[misc]
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    sealed = {**call, "extra_content": {"google": {"thought_signature": "sig"}}}
    assert choice["delta"] == {"tool_calls": [sealed]}  # type: ignore[has-type]
