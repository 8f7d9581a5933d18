import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.ollama_chat.encoder import StreamEncoder
from narrowgate.model.conversation import Citation, Form, Refusal, Seal, Text, Thought, ToolCall
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
    fold,
    unfold,
)
from narrowgate.model.usage import Usage
from narrowgate.providers.ollama_chat.stream import StreamDecoder

OLLAMA = Form.OLLAMA_CHAT
LINE = msgspec.json.Decoder(dict[str, object])


def written(*events: Event, text_field: str = "message") -> bytes:
    encoder = StreamEncoder("asked", 60, text_field)
    return b"".join(encoder.encode(event) for event in events)


def lines(stream: bytes) -> list[dict[str, object]]:
    return [LINE.decode(line) for line in stream.splitlines()]


def heard(stream: bytes) -> list[Event]:
    decoder = StreamDecoder()
    return [*decoder.feed(stream), *decoder.end()]


def test_every_line_is_whole_and_the_last_one_says_done() -> None:
    stream = written(Began(Form.OPENAI_CHAT), PartBegan(0, 0, Text("")), Delta(0, 0, "a"), PartEnded(0, 0), Ended())
    head = {"model": "asked", "created_at": "1970-01-01T00:01:00Z"}
    assert lines(stream) == [
        head | {"message": {"role": "assistant", "content": "a"}, "done": False},
        head | {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"},
    ]


WORDS = st.text(min_size=1, max_size=5)
TEXTS = st.builds(Text, WORDS)
CALLS = st.builds(ToolCall, st.uuids().map(str), WORDS, st.just('{"a":1}'))
PARTS = st.tuples(st.builds(Thought, WORDS), TEXTS) | st.tuples(TEXTS, CALLS)


@given(PARTS, st.integers(0, 99), st.sampled_from(["length", "load"]))
def test_what_is_written_is_heard_again(parts: tuple[Text | Thought | ToolCall, ...], count: int, word: str) -> None:
    finish = Finish.LENGTH if word == "length" else Finish.OTHER
    reply = Reply(OLLAMA, "", "q", (Choice(parts, finish, finish_word=word),), Usage(count, output_text=2), 7)
    assert fold(heard(written(*unfold(reply)))) == reply


def test_calls_that_overlap_come_whole_when_they_end() -> None:
    stream = written(
        Began(Form.OPENAI_CHAT),
        PartBegan(0, 0, ToolCall("a", "f", "")),
        PartBegan(0, 1, ToolCall("b", "g", "")),
        Delta(0, 1, '{"x":'),
        Delta(0, 0, "{}"),
        Delta(0, 1, "1}"),
        Sealed(0, 0, Seal(Form.GEMINI_GENERATE, "si")),
        PartEnded(0, 0),
        PartEnded(0, 1),
        Finished(0, Finish.TOOL_CALLS),
        Ended(),
    )
    assert fold(heard(stream)).choices[0].parts == (
        ToolCall("a__seal_gemini_generate_7369", "f", "{}"),
        ToolCall("b", "g", '{"x":1}'),
    )


def test_arguments_over_several_lines_stay_on_theirs() -> None:
    call = ToolCall("a", "f", '{\n  "x": 1\r\n}')
    stream = written(Began(OLLAMA), PartBegan(0, 0, call), PartEnded(0, 0))
    assert stream.count(b"\n") == 1
    assert b'"arguments":{   "x": 1  }' in stream


def test_seals_and_probabilities_have_lines_of_their_own() -> None:
    stream = written(
        Began(OLLAMA),
        PartBegan(0, 0, Thought("H")),
        Sealed(0, 0, Seal(Form.ANTHROPIC_MESSAGES, "s")),
        PartEnded(0, 0),
        PartBegan(0, 1, Refusal("n")),
        LogprobsTold(0, msgspec.Raw(b'{"content":[{"token":"n"}]}')),
        Cited(0, 1, Citation(OLLAMA, msgspec.Raw(b"{}"))),
    )
    assert [line["message"] for line in lines(stream)] == [
        {"role": "assistant", "content": "", "thinking": "H"},
        {"role": "assistant", "content": "", "signature": "ng1.anthropic_messages..s"},
        {"role": "assistant", "content": "n"},
        {"role": "assistant", "content": ""},
    ]
    assert lines(stream)[3]["logprobs"] == [{"token": "n"}]


def test_only_the_first_choice_is_written() -> None:
    assert written(PartBegan(1, 0, Text("")), Delta(1, 0, "a"), PartEnded(1, 0), Finished(1, Finish.STOP)) == b""


def test_generate_says_its_text_alone() -> None:
    stream = written(Began(OLLAMA), PartBegan(0, 0, Thought("H")), PartBegan(0, 1, Text("a")), text_field="response")
    assert [(line.get("thinking"), line["response"]) for line in lines(stream)] == [("H", ""), (None, "a")]


@pytest.mark.parametrize("is_event", [True, False])
def test_a_failure_is_told_and_is_no_success(*, is_event: bool) -> None:
    fault = Fault(FaultKind.UPSTREAM_BROKEN, "it broke")
    encoder = StreamEncoder("m", 0)
    told = encoder.encode(Broke(fault)) if is_event else encoder.fail(fault)
    assert told == b'{"error":"it broke"}\n'
    assert isinstance(heard(told)[-1], Broke)
