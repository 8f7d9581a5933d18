from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.ollama_chat.parse import chat_of, generate_of
from narrowgate.model.conversation import (
    Extension,
    ForeignTool,
    Form,
    FormatKind,
    Image,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Source,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolResult,
)
from narrowgate.model.fault import Failed, FaultKind
from narrowgate.providers.family import Quirks
from narrowgate.providers.ollama_chat import FAMILY

OLLAMA = Form.OLLAMA_CHAT
HELLO = '"model":"m","messages":[{"role":"user","content":"hi"}]'


def parsed(members: str) -> Request:
    return chat_of(Asked(f"{{{HELLO},{members}}}".encode()))


def test_a_full_request_is_understood() -> None:
    request = parsed(
        '"stream":false,"think":true,"format":"json","keep_alive":"5m","logprobs":true,"top_logprobs":2,"x":null,'
        '"options":{"num_predict":9,"temperature":0,"top_p":0.9,"top_k":4,"min_p":0.1,"seed":7,"stop":["E"],'
        '"presence_penalty":0.2,"frequency_penalty":0.3,"num_ctx":4096,"mirostat":1},'
        '"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{ "a": 1}}},{"type":"web"}]'
    )
    assert request == Request(
        OLLAMA,
        "m",
        (Message(Role.USER, (Text("hi"),)),),
        (Tool("f", "d", msgspec.Raw(b'{ "a": 1}')), ForeignTool(OLLAMA, "web", msgspec.Raw(b'{"type":"web"}'))),
        max_output_tokens=9,
        sampling=Sampling(0, 0.9, 4, 0.1, 0.2, 0.3, 7, ("E",), has_logprobs=True, top_logprobs=2),
        format=OutputFormat(FormatKind.JSON),
        reasoning=Reasoning(is_on=True),
        has_stream_usage=True,
        extensions=(
            Extension("keep_alive", msgspec.Raw(b'"5m"'), is_hint=True),
            Extension("options.num_ctx", msgspec.Raw(b"4096"), is_hint=True),
            Extension("options.mirostat", msgspec.Raw(b"1")),
        ),
    )


def test_a_stream_is_what_comes_unless_it_is_declined() -> None:
    assert parsed('"x":1').is_stream
    assert not parsed('"stream":false').is_stream


def test_values_in_their_other_spellings() -> None:
    assert parsed('"think":"high"').reasoning == Reasoning(effort="high")
    assert parsed('"think":null').reasoning is None
    assert parsed('"format":""').format is None
    assert parsed('"format":{"a":1}').format == OutputFormat(FormatKind.SCHEMA, msgspec.Raw(b'{"a":1}'))
    assert parsed('"options":{"stop":"E"}').sampling.stop == ("E",)


def test_no_limit_is_none_and_a_special_one_is_ollamas() -> None:
    assert parsed('"options":{"num_predict":-1}') == parsed('"options":{}')
    special = parsed('"options":{"num_predict":-2}')
    assert special.max_output_tokens is None
    assert special.extensions == (Extension("options.num_predict", msgspec.Raw(b"-2")),)


def test_generate_is_a_conversation_of_one_turn() -> None:
    body = b'{"model":"m","prompt":"p","system":"s","images":["iVBORw"],"template":"","context":[1],"raw":true,"k":2}'
    request = generate_of(Asked(body))
    assert request.messages == (
        Message(Role.SYSTEM, (Text("s"),)),
        Message(Role.USER, (Text("p"), Image(Source(data="iVBORw", media_type="image/png")))),
    )
    assert [extension.name for extension in request.extensions] == ["k", "generate.context", "generate.raw"]
    assert generate_of(Asked(b'{"model":"m"}')).messages == ()


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ('"format":"xml"', "format"),
        ('"think":3', "think"),
        ('"options":{"temperature":"hot"}', "options.temperature"),
        ('"tools":[{"type":"function"}]', "tools[0].function"),
        ('"messages":[{"role":"user","content":[]}]', "messages[0].content"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(members: str, path: str) -> None:
    with pytest.raises(Failed) as failed:
        parsed(members)
    assert (failed.value.fault.kind, failed.value.fault.param) == (FaultKind.BAD_REQUEST, path)


WORDS = st.text(min_size=1, max_size=8)
SYSTEMS = st.builds(Message, st.just(Role.SYSTEM), st.tuples(st.builds(Text, WORDS)))
PICTURES = st.just(Image(Source(data="iVBORw", media_type="image/png")))
USERS = st.builds(Message, st.just(Role.USER), st.tuples(st.builds(Text, WORDS)) | st.tuples(PICTURES))
CALLS = st.builds(ToolCall, st.uuids().map(str), WORDS, st.just('{"a":1}'))
ASSISTANTS = st.builds(
    Message,
    st.just(Role.ASSISTANT),
    st.tuples(st.builds(Thought, WORDS), st.builds(Text, WORDS)) | st.tuples(CALLS, CALLS),
)
RESULTS = st.builds(ToolResult, st.uuids().map(str), st.tuples(st.builds(Text, WORDS)), WORDS)
REQUESTS = st.builds(
    Request,
    st.just(OLLAMA),
    WORDS,
    st.lists(SYSTEMS | USERS | ASSISTANTS | st.builds(Message, st.just(Role.USER), st.tuples(RESULTS))).map(tuple),
    st.lists(st.builds(Tool, WORDS, st.none() | WORDS, st.just(msgspec.Raw(b'{ "type": "object"}')))).map(tuple),
    max_output_tokens=st.none() | st.integers(1, 99),
    sampling=st.builds(Sampling, st.none() | st.floats(0, 2), seed=st.none() | st.integers(0, 9), stop=st.just(("E",))),
    format=st.sampled_from([None, OutputFormat(FormatKind.JSON), OutputFormat(FormatKind.SCHEMA, msgspec.Raw(b"{}"))]),
    reasoning=st.sampled_from([None, Reasoning(is_on=False), Reasoning(is_on=True), Reasoning(effort="low")]),
    is_stream=st.booleans(),
    has_stream_usage=st.just(value=True),
    extensions=st.sampled_from([(), (Extension("options.num_ctx", msgspec.Raw(b"1"), is_hint=True),)]),
)


@given(REQUESTS)
def test_what_is_sent_is_what_was_asked(request: Request) -> None:
    sent = FAMILY.to_wire(request, request.model, Quirks())
    assert sent.inexpressible == ()
    assert chat_of(Asked(sent.body)) == request


@given(st.one_of(st.binary(max_size=50), st.text(max_size=40).map(lambda junk: f"{{{HELLO},{junk}}}".encode())))
def test_junk_is_a_bad_request(junk: bytes) -> None:
    for read in (chat_of, generate_of):
        with suppress(Failed):
            read(Asked(junk))
