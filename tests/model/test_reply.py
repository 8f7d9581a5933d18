"""A whole answer and its stream are two views of one thing."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Incomplete,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Reply,
    Sequencer,
    fold,
    unfold,
)
from narrowgate.model.usage import Usage

WORDS = st.text("abc é", max_size=6)
SEALS = st.one_of(st.none(), st.builds(Seal, st.sampled_from(Form), WORDS))
RAW = st.sampled_from([msgspec.Raw(b"{}"), msgspec.Raw(b'{"a":1}')])
CITATIONS = st.lists(st.builds(Citation, st.sampled_from(Form), RAW, url=WORDS), max_size=2).map(tuple)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, WORDS, st.none(), CITATIONS),
    st.builds(Thought, WORDS, SEALS, st.booleans(), st.booleans()),
    st.builds(ToolCall, st.text("ab", min_size=1), WORDS, WORDS, st.booleans(), SEALS),
    st.builds(Refusal, WORDS),
    st.builds(Image, st.builds(Source, WORDS)),
    st.builds(Foreign, st.sampled_from(Form), WORDS, RAW),
)
CHOICES = st.builds(
    Choice,
    st.lists(PARTS, max_size=4).map(tuple),
    st.one_of(st.none(), st.sampled_from(Finish)),
    st.one_of(st.none(), WORDS),
    st.one_of(st.none(), st.just(msgspec.Raw(b'{"content":[1]}'))),
    st.one_of(st.none(), WORDS),
)
REPLIES = st.builds(
    Reply,
    st.sampled_from(Form),
    WORDS,
    WORDS,
    st.lists(CHOICES, min_size=1, max_size=3).map(tuple),
    st.one_of(st.none(), st.builds(Usage, st.integers(0, 9))),
    st.integers(0, 9),
    st.one_of(st.none(), WORDS),
)


@given(REPLIES)
def test_a_reply_is_its_stream_folded(reply: Reply) -> None:
    assert fold(unfold(reply)) == reply


@given(REPLIES, st.data())
def test_a_stream_cut_anywhere_is_no_answer(reply: Reply, data: st.DataObject) -> None:
    events = list(unfold(reply))
    with pytest.raises(Incomplete) as caught:
        fold(events[: data.draw(st.integers(0, len(events) - 1))])
    assert caught.value.fault is None


def test_a_broken_stream_says_why() -> None:
    fault = Fault(FaultKind.UPSTREAM_REFUSED, "no more")
    with pytest.raises(Incomplete) as caught:
        fold([Began(Form.OPENAI_CHAT), Broke(fault)])
    assert caught.value.fault is fault


def test_pieces_of_logprobs_are_joined() -> None:
    told = [LogprobsTold(0, msgspec.Raw(text)) for text in (b'{"content":[1],"refusal":null}', b'{"content":[2,3]}')]
    reply = fold([Began(Form.OPENAI_CHAT), *told, Finished(0, Finish.STOP), Ended()])
    assert reply.choices[0].logprobs == msgspec.Raw(b'{"content":[1,2,3],"refusal":null}')


def where(event: Event) -> tuple[int, int] | None:
    return (event.choice, event.part) if isinstance(event, PartBegan | Delta | PartEnded) else None


@st.composite
def overlapping(draw: st.DrawFn) -> list[Event]:
    """Draw the events of up to three parts in up to two choices, interleaved, each part's own in order."""
    lines: list[list[Event]] = []
    for choice in range(draw(st.integers(1, 2))):
        for part in range(draw(st.integers(0, 3))):
            deltas = draw(st.integers(0, 3))
            lines.append(
                [
                    PartBegan(choice, part, ToolCall(f"{choice}{part}", "f", "")),
                    *(Delta(choice, part, str(number)) for number in range(deltas)),
                    PartEnded(choice, part),
                ]
            )
    events: list[Event] = []
    while lines:
        line = draw(st.sampled_from(lines))
        events.append(line.pop(0))
        if not line:
            lines.remove(line)
            choice = events[-1].choice if isinstance(events[-1], PartEnded) else 0
            if not any(
                isinstance(left[0], PartBegan | Delta | PartEnded) and left[0].choice == choice for left in lines
            ):
                events.append(Finished(choice, Finish.TOOL_CALLS))
    return [Began(Form.OPENAI_CHAT), *events, Ended()]


@given(overlapping())
def test_a_sequencer_never_lets_parts_overlap(events: list[Event]) -> None:
    sequencer = Sequencer()
    out = [sent for event in events for sent in sequencer.feed(event)]
    open_part: tuple[int, int] | None = None
    for event in out:
        if isinstance(event, PartBegan):
            assert open_part is None
            open_part = where(event)
        elif isinstance(event, Delta | PartEnded):
            assert open_part == where(event)
            open_part = None if isinstance(event, PartEnded) else open_part
        else:
            assert not isinstance(event, Ended) or open_part is None


@given(overlapping())
def test_a_sequencer_loses_nothing_and_keeps_the_order_of_each_part(events: list[Event]) -> None:
    sequencer = Sequencer()
    out = [sent for event in events for sent in sequencer.feed(event)]
    assert len(out) == len(events)
    for place in {where(event) for event in events} - {None}:
        assert [event for event in out if where(event) == place] == [event for event in events if where(event) == place]


@given(overlapping())
def test_a_choice_is_finished_after_its_parts(events: list[Event]) -> None:
    sequencer = Sequencer()
    out = [sent for event in events for sent in sequencer.feed(event)]
    for earlier, later in pairwise(out):
        if isinstance(earlier, Finished) and isinstance(later, PartBegan | Delta | PartEnded):
            assert later.choice != earlier.choice


def test_what_never_ended_goes_out_at_the_end() -> None:
    sequencer = Sequencer()
    begun = [PartBegan(0, 0, Text("")), PartBegan(0, 1, Text(""))]
    events: list[Event] = [*begun, Ended()]
    assert [sent for event in events for sent in sequencer.feed(event)] == events
