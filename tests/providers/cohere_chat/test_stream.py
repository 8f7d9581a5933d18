import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Foreign, Form, Seal, Text, Thought, ToolCall
from narrowgate.model.reply import Broke, Ended, Finish, Finished, LogprobsTold, PartBegan, fold
from narrowgate.model.usage import Usage
from narrowgate.providers.cohere_chat import FAMILY
from narrowgate.providers.family import Quirks
from narrowgate.wire.errors import WireError
from tests.providers.cohere_chat.told import CALLED, CITED, START, event, heard

PLAN = Seal(Form.COHERE_CHAT, "tool_plan")


def test_reasoning_text_and_a_late_citation_are_heard() -> None:
    reply = fold(heard(CITED))
    thought, text = reply.choices[0].parts
    assert thought == Thought("Hm.")
    assert isinstance(text, Text)
    assert [(c.start, c.end, c.title, c.url) for c in text.citations] == [(0, 2, "A", "u")]
    assert (reply.id, reply.choices[0].finish) == ("m-1", Finish.STOP)


def test_what_is_charged_is_told_beside_what_was_used() -> None:
    reply = fold(heard(CITED))
    assert reply.usage == Usage(input_text=10, cache_read=80, output_text=3, reasoning=4)
    assert reply.charged == Usage(input_text=3, output_text=5)


def test_a_plan_is_a_thought_with_a_seal_of_its_own() -> None:
    choice = fold(heard(CALLED)).choices[0]
    calls = (ToolCall("c0", "look", "{}"), ToolCall("c1", "ask", "{}"))
    assert choice.parts == (Thought("I will look.", PLAN), *calls)
    assert choice.finish is Finish.TOOL_CALLS


@given(st.lists(st.integers(1, len(CITED) - 1)), st.sampled_from([CITED, CALLED]))
def test_cuts_do_not_matter(cuts: list[int], stream: bytes) -> None:
    assert heard(stream, *(cut % len(stream) for cut in cuts)) == heard(stream)


@given(st.integers(0, CITED.index(b"event: message-end") + 40))
def test_a_stream_cut_off_has_no_end(length: int) -> None:
    assert Ended() not in heard(CITED[:length])


def test_an_error_at_the_end_is_a_fault_with_the_providers_words() -> None:
    end = '{"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"no tool","error_type":"BAD"}}'
    events = heard((START + event(end)).encode())
    assert isinstance(events[-1], Broke)
    assert (events[-1].fault.message, events[-1].fault.upstream_type) == ("no tool", "BAD")


def test_an_error_that_is_no_event_is_a_fault() -> None:
    assert isinstance(heard(b'data: {"message":"overloaded"}\n\n')[-1], Broke)


def test_unknown_events_are_ignored_and_unknown_contents_kept() -> None:
    stream = START + event('{"type":"debug","prompt":"x"}')
    stream += event('{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"image","b":1}}}}')
    stream += event('{"type":"message-end","delta":{"finish_reason":"NEW"}}')
    events = heard(stream.encode())
    foreign = next(e.opening for e in events if isinstance(e, PartBegan))
    assert isinstance(foreign, Foreign)
    assert bytes(foreign.raw) == b'{"type":"image","b":1}'
    assert Finished(0, Finish.OTHER, None, "NEW") in events


def test_probabilities_of_a_piece_of_text_are_those_of_its_tokens_together() -> None:
    delta = '{"type":"content-delta","index":0,"logprobs":{"text":"Hi","token_ids":[1,2],"logprobs":[-0.5,-0.25]},'
    events = heard((START + event(delta + '"delta":{"message":{"content":{"text":"Hi"}}}}')).encode())
    told = [e.value for e in events if isinstance(e, LogprobsTold)]
    assert [bytes(raw) for raw in told] == [
        b'{"content":[{"token":"Hi","logprob":-0.75,"bytes":[72,105],"top_logprobs":[]}]}'
    ]


def test_a_call_without_an_id_gets_one() -> None:
    stream = START + event('{"type":"tool-call-start","delta":{"message":{"tool_calls":[{"function":{"name":"f"}}]}}}')
    assert PartBegan(0, 0, ToolCall("call_0", "f", "")) in heard(stream.encode())


def test_arguments_of_no_call_are_an_error() -> None:
    with pytest.raises(WireError):
        heard(event('{"type":"tool-call-delta","index":3,"delta":{}}').encode())


@given(st.one_of(st.binary(max_size=80), st.binary(max_size=60).map(lambda junk: b"data: " + junk + b"\n\n")))
def test_junk_is_a_wire_error_and_no_end(junk: bytes) -> None:
    decoder = FAMILY.decoder(Quirks())
    try:
        events = [*decoder.feed(junk), *decoder.end()]
    except WireError:
        return
    assert Ended() not in events
