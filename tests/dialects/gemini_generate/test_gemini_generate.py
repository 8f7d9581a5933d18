"""The dialect answers for its rooms, and both of Gemini's sides mirror each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate import DIALECT, IN_ARRAY, dialect_for
from narrowgate.model.conversation import (
    Extension,
    Form,
    FormatKind,
    Image,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Seal,
    Source,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
)
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply, fold, unfold
from narrowgate.model.usage import Usage
from narrowgate.providers.family import Quirks
from narrowgate.providers.gemini_generate import FAMILY

WORDS = st.text(min_size=1, max_size=12)
SIGNATURES = st.text("abcABC012+/", min_size=4, max_size=12)
SEALS = st.builds(Seal, st.just(Form.GEMINI_GENERATE), SIGNATURES)
ARGUMENTS = st.sampled_from(["{}", '{"a": 1.0}', '{"b":[{}]}'])
PICTURES = st.builds(Image, st.builds(Source, data=st.just("iVBORw0K"), media_type=st.just("image/png")))
USERS = st.lists(st.builds(Text, WORDS) | PICTURES, min_size=1, max_size=3)
SAYINGS = st.lists(
    st.builds(Text, WORDS) | st.builds(Thought, WORDS, SEALS) | st.builds(Thought, st.just(""), SEALS),
    min_size=1,
    max_size=4,
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    messages = [Message(Role.SYSTEM, (Text(draw(WORDS)),))] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(1, 3))):
        calls = [
            ToolCall(
                f"c{turn}_{number}", draw(st.sampled_from(["f", "g"])), draw(ARGUMENTS), seal=draw(st.none() | SEALS)
            )
            for number in range(draw(st.integers(0, 3)))
        ]
        results = [ToolResult(call.id, (Text(draw(WORDS)),), call.name, draw(st.booleans())) for call in calls]
        messages += [
            Message(Role.USER, tuple(draw(USERS))),
            Message(Role.ASSISTANT, (*draw(SAYINGS), *calls)),
            Message(Role.USER, (*draw(st.permutations(results)), Text(draw(WORDS)))),
            Message(Role.ASSISTANT, (Text(draw(WORDS)),)),
        ]
    return Request(
        Form.GEMINI_GENERATE,
        "gemini-2.5-flash",
        (*messages, Message(Role.USER, (Text("end"),))),
        tools=(Tool("f", draw(st.none() | WORDS)),),
        tool_choice=draw(st.sampled_from([None, ToolChoice(ToolMode.REQUIRED), ToolChoice(ToolMode.NAMED, ("f",))])),
        max_output_tokens=draw(st.none() | st.integers(1, 9_999)),
        sampling=Sampling(draw(st.none() | st.floats(0, 2)), top_k=draw(st.none() | st.integers(1, 99)), seed=3),
        format=draw(st.sampled_from([None, OutputFormat(FormatKind.JSON)])),
        reasoning=draw(st.sampled_from([None, Reasoning(budget_tokens=900, is_shown=True), Reasoning(is_on=False)])),
        choices=draw(st.integers(1, 3)),
        has_stream_usage=True,
        extensions=(Extension("cachedContent", Raw(b'"c"')),) if draw(st.booleans()) else (),
    )


def without_raw(request: Request) -> object:
    return [request.messages, request.tools, request.tool_choice, request.sampling, request.reasoning, request.format]


@pytest.mark.slow
@given(requests())
def test_what_is_asked_comes_back_from_what_is_sent(request: Request) -> None:
    sent = FAMILY.to_wire(request, request.model, Quirks())
    assert sent.inexpressible == ()
    found = DIALECT.parse(Asked(sent.body, request.model, is_stream=False))
    assert without_raw(found) == without_raw(request)
    assert (found.choices, found.max_output_tokens) == (request.choices, request.max_output_tokens)
    assert [(one.name, bytes(one.value)) for one in found.extensions] == [
        (one.name, bytes(one.value)) for one in request.extensions
    ]


@pytest.mark.slow
@given(SAYINGS, st.lists(st.builds(ToolCall, st.uuids().map(str), st.just("f"), ARGUMENTS), max_size=3), st.booleans())
def test_an_answer_comes_back_from_what_is_shown(
    said: list[Text | Thought], calls: list[ToolCall], is_whole: bool
) -> None:
    finish = Finish.TOOL_CALLS if calls else Finish.STOP
    reply = Reply(Form.GEMINI_GENERATE, "r", "m", (Choice((*said, *calls), finish, finish_word="STOP"),), Usage(3, 1))
    request = Request(Form.GEMINI_GENERATE, "m", ())
    if is_whole:
        found = FAMILY.from_wire(DIALECT.render(reply, request), Quirks())
        seals = [part.seal for part in reply.choices[0].parts if isinstance(part, Thought)]
        assert [part.seal for part in found.choices[0].parts if isinstance(part, Thought)] == seals
    else:
        encoder = DIALECT.encoder(request, "made", 0)
        decoder = FAMILY.decoder(Quirks())
        text = b"".join([encoder.encode(event) for event in unfold(reply)])
        found = fold([*decoder.feed(text), *decoder.end()])
    # Texts next to each other are read as one.
    assert spoken(found) == spoken(reply)
    assert found.usage == reply.usage


def spoken(reply: Reply) -> tuple[str, str, list[ToolCall]]:
    parts = reply.choices[0].parts
    return (
        "".join(part.text for part in parts if isinstance(part, Text)),
        "".join(part.text for part in parts if isinstance(part, Thought)),
        [part for part in parts if isinstance(part, ToolCall)],
    )


@pytest.mark.parametrize(
    ("query", "is_sse"), [(b"alt=sse", True), (b"key=k&alt=sse", True), (b"", False), (b"alt=json", False)]
)
def test_streams_are_sse_for_those_who_ask_for_it(query: bytes, is_sse: bool) -> None:
    assert dialect_for(query) is (DIALECT if is_sse else IN_ARRAY)
    assert IN_ARRAY.stream_type == b"application/json"
    assert IN_ARRAY.form is DIALECT.form


@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("sampling.top_k", "generationConfig.topK"),
        ("messages[3].parts[0]", "contents"),
        ("tools[1]", "tools"),
        ("extensions.safetySettings", "safetySettings"),
        ("hints.user", "hints.user"),
    ],
)
def test_neutral_paths_are_said_in_its_own_words(what: str, path: str) -> None:
    assert DIALECT.field(what) == path


def test_faults_are_googles() -> None:
    assert b"INVALID_ARGUMENT" in DIALECT.render_fault(Fault(FaultKind.BAD_REQUEST, "m"))
