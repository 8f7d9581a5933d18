from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Text, Thought, ToolCall
from narrowgate.model.reply import Broke, Ended, Event, Finish, Finished, LogprobsTold, fold
from narrowgate.model.usage import Usage
from narrowgate.providers.ollama_chat.stream import StreamDecoder
from narrowgate.wire.errors import WireError

HEAD = '{"model":"q","created_at":"2026-08-17T15:59:50Z",'
LINES = (
    '"message":{"role":"assistant","content":"","thinking":"H"},"done":false}',
    '"message":{"role":"assistant","content":"","thinking":"m."},"done":false}',
    '"message":{"role":"assistant","content":"é"},"logprobs":[{"token":"é","logprob":-1}],"done":false}',
    '"message":{"content":"","tool_calls":[{"id":"x","function":{"name":"f","arguments":{}}}]},"done":false}',
    '"message":{"content":"","tool_calls":[{"function":{"name":"g","arguments":"{\\"a\\":1}"}}]},"done":false}',
    '"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":4}',
)
STREAM = "".join(f"{HEAD}{line}\n" for line in LINES).encode()


def heard(stream: bytes, *cuts: int) -> list[Event]:
    decoder, at = StreamDecoder(), 0
    events: list[Event] = []
    for cut in (*sorted(cuts), len(stream)):
        events += decoder.feed(stream[at:cut])
        at = cut
    return [*events, *decoder.end()]


def test_reasoning_text_and_calls_are_parts_one_behind_the_other() -> None:
    reply = fold(heard(STREAM))
    choice = reply.choices[0]
    calls = (ToolCall("x", "f", "{}"), ToolCall("call_1", "g", '{"a":1}'))
    assert choice.parts == (Thought("Hm."), Text("é"), *calls)
    assert (choice.finish, reply.usage, reply.model) == (Finish.TOOL_CALLS, Usage(output_text=4), "q")
    assert LogprobsTold in {type(event) for event in heard(STREAM)}


@given(st.lists(st.integers(1, len(STREAM) - 1)))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    assert heard(STREAM, *cuts) == heard(STREAM)


@given(st.integers(0, len(STREAM) - 2))
def test_a_stream_cut_off_has_no_end(length: int) -> None:
    assert Ended() not in heard(STREAM[:length])


def test_the_last_line_needs_no_newline() -> None:
    assert heard(STREAM.rstrip())[-1] == Ended()


def test_a_text_of_generate_is_text_too() -> None:
    stream = b'{"response":"a","done":false}\n{"response":"b","done":true,"done_reason":"length"}\n'
    choice = fold(heard(stream)).choices[0]
    assert (choice.parts, choice.finish) == ((Text("ab"),), Finish.LENGTH)


def test_an_end_for_another_reason_keeps_its_word() -> None:
    assert Finished(0, Finish.OTHER, None, "load") in heard(b'{"done":true,"done_reason":"load"}')


def test_an_error_line_is_a_fault_and_the_last_word() -> None:
    events = heard(b'{"error":"out of memory"}\n' + STREAM)
    assert [type(event) for event in events] == [Broke]


@given(st.binary(max_size=60).map(lambda junk: junk + b"\n"))
def test_junk_is_a_wire_error_and_no_end(junk: bytes) -> None:
    try:
        events = heard(junk)
    except WireError:
        return
    assert Ended() not in events
