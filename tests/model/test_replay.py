"""A second answer goes on only where it says again what was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Form, Text, Thought, ToolCall
from narrowgate.model.replay import Differs, Replay, Transcript
from narrowgate.model.reply import Began, Delta, Ended, Event, Finish, Finished, PartBegan, PartEnded, UsageTold, fold
from narrowgate.model.usage import Usage

BEGAN = Began(Form.OPENAI_CHAT, "a", "m")


def text(words: list[str], number: int = 0) -> list[Event]:
    return [PartBegan(0, number, Text("")), *(Delta(0, number, word) for word in words), PartEnded(0, number)]


def call(name: str, arguments: list[str], number: int = 1) -> list[Event]:
    opening = ToolCall(f"id-{name}", name, "")
    return [PartBegan(0, number, opening), *(Delta(0, number, one) for one in arguments), PartEnded(0, number)]


def thought(words: str, number: int) -> list[Event]:
    return [PartBegan(0, number, Thought("")), Delta(0, number, words), PartEnded(0, number)]


def answer(*parts: list[Event]) -> list[Event]:
    return [BEGAN, *(event for part in parts for event in part), Finished(0, Finish.STOP), Ended()]


def resumed(sent: list[Event], second: list[Event], *, is_continuation: bool = False) -> list[Event]:
    transcript = Transcript()
    transcript.note(sent)
    replay = Replay(transcript, is_continuation=is_continuation)
    return [new for event in second for new in replay.feed(event)]


WHOLE = answer(text(["one ", "two ", "three"]), call("f", ['{"a"', ":1}"]))


@given(st.integers(0, len(WHOLE)), st.lists(st.integers(1, 12), max_size=6))
def test_the_same_answer_cut_anywhere_is_made_whole(cut: int, sizes: list[int]) -> None:
    words, pieces = "one two three", []
    for size in sizes:
        pieces.append(words[:size])
        words = words[size:]
    second = answer(text([*(piece for piece in pieces if piece), words]), call("f", ['{"a":1}']))
    sent = WHOLE[:cut]
    assert fold(sent + resumed(sent, second)).choices == fold(WHOLE).choices


@pytest.mark.parametrize(
    "second",
    [
        answer(text(["one TWO three"])),
        answer(text(["one "])),
        answer(call("f", ["{}"], 0)),
        answer(thought("hm", 0)),
    ],
)
def test_another_answer_is_never_joined(second: list[Event]) -> None:
    with pytest.raises(Differs):
        resumed([BEGAN, *text(["one ", "two"])[:-1]], second)


def test_a_call_of_another_name_or_other_arguments_differs() -> None:
    sent = [BEGAN, *call("f", ['{"a":'], 0)[:-1]]
    for second in (answer(call("g", ['{"a":1}'], 0)), answer(call("f", ['{"b":1}'], 0))):
        with pytest.raises(Differs):
            resumed(sent, second)


def test_what_was_ended_may_not_go_on() -> None:
    with pytest.raises(Differs):
        resumed([BEGAN, *text(["one"])], answer(text(["one more"])))


def test_thoughts_are_not_compared_and_not_repeated() -> None:
    sent = [BEGAN, *thought("first idea", 0), *text(["on"], 1)[:-1]]
    new = resumed(sent, answer(thought("another idea", 0), text(["one"], 1)))
    assert new == [Delta(0, 1, "e"), PartEnded(0, 1), Finished(0, Finish.STOP), Ended()]


def test_a_thought_that_was_cut_ends_before_the_answer_begins() -> None:
    sent: list[Event] = [BEGAN, PartBegan(0, 0, Thought("")), Delta(0, 0, "hm")]
    new = resumed(sent, answer(text(["yes"])))
    assert new[:3] == [PartEnded(0, 0), PartBegan(0, 1, Text("")), Delta(0, 1, "yes")]


def test_a_continuation_is_all_new_text_of_the_same_part() -> None:
    sent = [BEGAN, *text(["one "])[:-1]]
    new = resumed(sent, answer(thought("so", 0), text(["two"], 1)), is_continuation=True)
    assert new[:2] == [Delta(0, 0, "two"), PartEnded(0, 0)]


def test_usage_of_the_second_answer_is_told() -> None:
    told = UsageTold(Usage(1, 2))
    assert resumed([BEGAN], [BEGAN, told]) == [told]


@pytest.mark.parametrize(
    ("sent", "prefix"),
    [
        ([BEGAN, *text(["a", "b"])[:-1]], "ab"),
        ([BEGAN, *thought("x", 0), *text(["a"], 1)[:-1]], "a"),
        ([BEGAN, *text(["a"])], None),
        ([BEGAN, *call("f", ["{"])[:-1]], None),
        ([BEGAN], None),
        ([BEGAN, PartBegan(0, 0, Text(""))], None),
    ],
)
def test_only_one_open_text_can_be_continued(sent: list[Event], prefix: str | None) -> None:
    transcript = Transcript()
    transcript.note(sent)
    assert transcript.prefix() == prefix
