import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.openai_responses.encoder import StreamEncoder
from narrowgate.dialects.openai_responses.render import render
from narrowgate.model.conversation import (
    Citation,
    Form,
    Part,
    Reasoning,
    Refusal,
    Request,
    Seal,
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
    PartBegan,
    PartEnded,
    Reply,
    fold,
    unfold,
)
from narrowgate.model.usage import Usage
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_responses import FAMILY

OWN, CHAT = Form.OPENAI_RESPONSES, Form.OPENAI_CHAT
REQUEST = Request(OWN, "m", ())
FAULT = Fault(FaultKind.UPSTREAM_BROKEN, "the provider broke off")


def stream(events: list[Event], request: Request = REQUEST) -> bytes:
    encoder = StreamEncoder(request, "resp_x", 5)
    return b"".join(encoder.encode(event) for event in events)


def blocks(text: bytes) -> list[tuple[str, dict[str, object]]]:
    found = []
    for block in text.decode().removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_a_stream_begins_counts_and_ends_as_documented() -> None:
    found = blocks(stream(list(unfold(Reply(CHAT, "", "m-1", (Choice((Text("hi"),), Finish.STOP),))))))
    assert [name.removeprefix("response.") for name, _ in found] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [data["sequence_number"] for _, data in found] == list(range(9))
    assert all(data["type"] == name for name, data in found)
    last = found[-1][1]["response"]
    assert isinstance(last, dict)
    assert (last["id"], last["model"], last["status"], len(last["output"])) == ("resp_x", "m-1", "completed", 1)


def test_overlapping_calls_come_one_behind_the_other() -> None:
    events: list[Event] = [
        Began(CHAT),
        PartBegan(0, 0, ToolCall("a", "f", "")),
        PartBegan(0, 1, ToolCall("b", "g", "")),
        Delta(0, 1, "{}"),
        Delta(0, 0, "[]"),
        PartEnded(0, 1),
        PartEnded(0, 0),
        Ended(),
    ]
    found = [str(data["output_index"]) for _, data in blocks(stream(events)) if "output_index" in data]
    assert found == ["0"] * 4 + ["1"] * 4


def test_a_fault_is_told_twice_and_the_stream_is_no_success() -> None:
    encoder = StreamEncoder(REQUEST, "resp_x", 5)
    text = encoder.encode(PartBegan(0, 0, Text(""))) + encoder.fail(FAULT)
    *_, (first, error), (second, failed) = blocks(text)
    assert (first, second) == ("error", "response.failed")
    assert error["message"] == FAULT.message
    assert isinstance(error["error"], dict)
    assert error["error"]["message"] == FAULT.message
    assert isinstance(failed["response"], dict)
    assert failed["response"]["error"] == {"code": "server_error", "message": FAULT.message}
    assert failed["response"]["status"] == "failed"
    assert b"response.completed" not in text


def test_a_fault_at_once_is_a_stream_too() -> None:
    assert [name for name, _ in blocks(stream([Broke(FAULT)]))] == [
        "response.created",
        "response.in_progress",
        "error",
        "response.failed",
    ]


def test_an_answer_of_nothing_is_complete() -> None:
    assert blocks(stream([Ended()]))[-1][0] == "response.completed"


def test_line_breaks_in_what_others_wrote_do_not_break_events() -> None:
    citation = Citation(OWN, Raw(b'{"type":\n\n"file_citation"}'))
    text = stream(list(unfold(Reply(OWN, "", "", (Choice((Text("a\nb", citations=(citation,)),)),)))))
    assert len(blocks(text)) == 10


# -- the mirror ------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
NAMES = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
SEALS = st.one_of(
    st.none(),
    st.builds(lambda name: Seal(OWN, "E", name), NAMES),
    st.builds(lambda word: Seal(Form.ANTHROPIC_MESSAGES, word), WORDS),
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, WORDS),
    st.builds(Refusal, WORDS),
    st.builds(Thought, WORDS, SEALS),
    st.builds(lambda a, b, c: ToolCall(a, b, '{"x":1}', namespace=c), NAMES, NAMES, st.none() | NAMES),
    st.builds(lambda a, b, c: ToolCall(a, b, c, is_custom=True), NAMES, NAMES, WORDS),
)
REPLIES = st.builds(
    lambda parts, finish, usage: Reply(CHAT, "resp_9", "m", (Choice(tuple(parts), finish),), usage, 7),
    st.lists(PARTS, max_size=4),
    st.sampled_from([Finish.STOP, Finish.LENGTH, Finish.CONTENT_FILTER]),
    st.builds(Usage, *[st.integers(0, 99)] * 3, output_text=st.integers(0, 99), reasoning=st.integers(0, 99)),
)


def _said(reply: Reply) -> list[tuple[object, ...]]:
    """What is left of an answer when its items got names of their own."""
    said: list[tuple[object, ...]] = []
    for part in reply.choices[0].parts:
        match part:
            case Thought(text, seal):
                # A name that two items have is given to the first alone.
                said.append(("thought", text, (seal.form, seal.data) if seal is not None and seal.data else None))
            case _:
                said.append((part,))
    return said


@settings(max_examples=40)
@given(REPLIES, st.sampled_from([None, Reasoning(summary="auto")]))
def test_what_is_shown_reads_the_same_whole_and_streamed(reply: Reply, reasoning: Reasoning | None) -> None:
    request = Request(OWN, "m", (), reasoning=reasoning)
    whole = FAMILY.from_wire(render(reply, request), Quirks())
    decoder = FAMILY.decoder(Quirks())
    streamed = fold([*decoder.feed(stream(list(unfold(reply)), request)), *decoder.end()])
    assert _said(whole) == _said(reply)
    assert _said(streamed) == _said(reply)
    assert whole.usage == streamed.usage == reply.usage
    if reply.choices[0].finish is not Finish.STOP:
        assert whole.choices[0].finish is streamed.choices[0].finish is reply.choices[0].finish
