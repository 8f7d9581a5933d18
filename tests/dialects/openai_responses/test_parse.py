import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.openai_responses.parse import parse
from narrowgate.model.conversation import (
    Citation,
    CustomTool,
    Document,
    Extension,
    Form,
    FormatKind,
    Hints,
    Image,
    Message,
    Namespace,
    OutputFormat,
    Part,
    Reasoning,
    Refusal,
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
from narrowgate.model.fault import Failed, FaultKind
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_responses import FAMILY

OWN = Form.OPENAI_RESPONSES


def asked(**members: object) -> Request:
    return parse(Asked(json.dumps({"model": "m", "input": "hi", **members}).encode()))


def test_a_text_is_what_the_user_says_and_instructions_come_first() -> None:
    assert asked() == Request(OWN, "m", (Message(Role.USER, (Text("hi"),)),), has_stream_usage=True)
    assert asked(instructions="be brief").messages[0] == Message(Role.SYSTEM, (Text("be brief"),))


def test_everything_there_is_a_name_for_is_read() -> None:
    request = asked(
        stream=True,
        tools=[{"type": "function", "name": "f"}],
        tool_choice="required",
        parallel_tool_calls=False,
        max_output_tokens=9,
        temperature=1,
        top_p=0.5,
        top_logprobs=3,
        include=["message.output_text.logprobs", "reasoning.encrypted_content"],
        text={"format": {"type": "json_object"}, "verbosity": "low"},
        reasoning={"effort": "low", "summary": "auto"},
        store=False,
        previous_response_id="resp_1",
        user="u",
        metadata={"k": "v"},
        service_tier="flex",
        prompt_cache_key="key",
    )
    assert request == Request(
        OWN,
        "m",
        (Message(Role.USER, (Text("hi"),)),),
        (Tool("f"),),
        ToolChoice(ToolMode.REQUIRED),
        is_parallel=False,
        max_output_tokens=9,
        sampling=Sampling(1.0, 0.5, has_logprobs=True, top_logprobs=3),
        format=OutputFormat(FormatKind.JSON),
        reasoning=Reasoning("low", is_shown=True, summary="auto", is_sealed=True),
        is_stream=True,
        has_stream_usage=True,
        previous_response_id="resp_1",
        hints=Hints("u", Raw(b'{"k": "v"}'), "flex", "key", is_stored=False, verbosity="low"),
    )


def test_a_schema_is_kept_as_it_is() -> None:
    format_ = {"type": "json_schema", "name": "n", "description": "d", "strict": True, "schema": {"type": "object"}}
    expected = OutputFormat(FormatKind.SCHEMA, Raw(b'{"type": "object"}'), "n", "d", is_strict=True)
    assert asked(text={"format": format_}).format == expected
    assert asked(text={"format": {"type": "text"}}).format == OutputFormat(FormatKind.TEXT)


def test_members_only_this_form_knows_are_extensions_and_some_are_hints() -> None:
    request = asked(
        max_tool_calls=3,
        truncation="auto",
        background=False,
        prompt=None,
        client_metadata={"a": "b"},
        reasoning={"mode": "pro"},
        text={"x": 1},
        include=["web_search_call.action.sources"],
        tool_choice={"type": "web_search"},
    )
    assert {(one.name, bytes(one.value), one.is_hint) for one in request.extensions} == {
        ("max_tool_calls", b"3", False),
        ("truncation", b'"auto"', True),
        ("background", b"false", True),
        ("client_metadata", b'{"a": "b"}', True),
        ("reasoning.mode", b'"pro"', False),
        ("text.x", b"1", False),
        ("include", b'["web_search_call.action.sources"]', False),
        ("tool_choice", b'{"type": "web_search"}', False),
    }
    assert (request.reasoning, request.tool_choice) == (None, None)


def test_no_thinking_is_said_by_a_word() -> None:
    assert asked(reasoning={"effort": "none"}).reasoning == Reasoning("none", is_on=False)
    assert asked(reasoning={"generate_summary": "auto"}).reasoning == Reasoning(is_shown=True, summary="auto")
    assert asked(reasoning=None, include=["reasoning.encrypted_content"]).reasoning == Reasoning(is_sealed=True)


def test_half_an_emoji_is_no_reason_to_refuse() -> None:
    request = parse(Asked(b'{"model":"m","input":"a\\ud83d"}'))
    assert request.messages[0].parts == (Text("a\ufffd"),)


def test_the_path_names_the_model_where_the_body_does_not() -> None:
    assert parse(Asked(b'{"input":"a"}', model="n")).model == "n"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"input":"a"}', "model"),
        (b'{"model":3}', "model"),
        (b'{"model":"m","temperature":"hot"}', "temperature"),
        (b'{"model":"m","reasoning":{"effort":3}}', "reasoning.effort"),
        (b'{"model":"m","reasoning":"low"}', "reasoning"),
        (b'{"model":"m","text":{"format":{"type":"xml"}}}', "text.format.type"),
        (b'{"model":"m","text":{"format":{"type":"json_schema"}}}', "text.format.schema"),
        (b'{"model":"m","input":[{"role":"bot"}]}', "input[0].role"),
        (b'{"model":"m","tools":[{"type":"function"}]}', "tools[0].name"),
        (b'{"model":"m","tool_choice":"any"}', "tool_choice"),
        (b"{", None),
        (b"[]", None),
        (b'{"model":NaN}', None),
        (b'{"model":"m","metadata":"\xff"}', None),
        (b'{"model":"m","metadata":' + b"[" * 200_000 + b"]" * 200_000 + b"}", None),
        (b"", None),
    ],
)
def test_what_is_wrong_is_a_bad_request_with_its_path(body: bytes, param: str | None) -> None:
    with pytest.raises(Failed) as caught:
        parse(Asked(body))
    assert (caught.value.fault.kind, caught.value.fault.param) == (FaultKind.BAD_REQUEST, param)


@settings(max_examples=30)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["function", "message"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "role", "content", "name", "tools", "text", "format", "call_id", "input", "x"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=10,
    ),
    st.sampled_from(["input", "tools", "tool_choice", "text", "reasoning", "include", "metadata", "stream", "x"]),
)
def test_junk_is_refused_or_read_and_never_anything_else(junk: object, name: str) -> None:
    for body in (json.dumps({"model": "m", name: junk}), json.dumps({"model": "m", name: [junk]}), json.dumps(junk)):
        try:
            request = parse(Asked(body.encode("utf-8", "surrogatepass")))
        except Failed:
            continue
        FAMILY.to_wire(request, "m", Quirks())


# -- the mirror ------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
SOURCES = st.one_of(
    st.builds(lambda name: Source(url=f"https://{name}.example"), NAMES),
    st.builds(lambda name: Source(data="QUJD", media_type=f"image/{name}"), NAMES),
    st.builds(lambda name: Source(file_id=name), NAMES),
)
CITED = st.just(Citation(OWN, Raw(b'{"type":"url_citation","url":"https://a.example"}'), "https://a.example"))
SHOWN: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, WORDS), st.builds(Image, SOURCES, st.sampled_from([None, "low"])), st.builds(Document, SOURCES)
)
SAID: st.SearchStrategy[Part] = st.one_of(
    st.builds(lambda text, cited: Text(text, citations=tuple(cited)), WORDS, st.lists(CITED, max_size=2)),
    st.builds(Refusal, WORDS),
)
CALLS: st.SearchStrategy[Part] = st.one_of(
    st.builds(lambda a, b: ToolCall(a, b, '{"x":1}'), NAMES, NAMES),
    st.builds(lambda a, b, c: ToolCall(a, b, c, is_custom=True), NAMES, NAMES, WORDS),
)
RESULTS: st.SearchStrategy[Part] = st.builds(
    lambda name, content, is_custom: ToolResult(name, tuple(content) or (Text(""),), is_custom=is_custom),
    NAMES,
    st.lists(SHOWN, max_size=2),
    st.booleans(),
)
THOUGHTS: st.SearchStrategy[tuple[Part, ...]] = st.one_of(
    st.builds(lambda name: (Thought("", Seal(OWN, "E", name)),), NAMES),
    st.builds(
        lambda name, a, b: (
            Thought(a, Seal(OWN, "", name), is_summary=True),
            Thought(b, Seal(OWN, "E", name), is_summary=True),
        ),
        NAMES,
        WORDS,
        WORDS,
    ),
)


def _turn(thoughts: tuple[Part, ...], said: list[Part], calls: list[Part]) -> Message:
    return Message(Role.ASSISTANT, (*thoughts, *said, *calls))


MESSAGES = st.one_of(
    st.builds(lambda parts: Message(Role.USER, tuple(parts)), st.lists(SHOWN, min_size=1, max_size=3)),
    st.builds(lambda text, is_new: Message(Role.SYSTEM, (Text(text),), is_developer=is_new), WORDS, st.booleans()),
    st.builds(_turn, THOUGHTS, st.lists(SAID, min_size=1, max_size=2), st.lists(CALLS, max_size=2)),
)
# Results stand behind each other in one message, and a turn of the model between them.
EXCHANGES = st.builds(
    lambda turn, results, message: (turn, Message(Role.USER, tuple(results)), message),
    st.builds(_turn, THOUGHTS, st.lists(SAID, max_size=1), st.lists(CALLS, min_size=1, max_size=3)),
    st.lists(RESULTS, min_size=1, max_size=3),
    st.builds(lambda parts: Message(Role.USER, tuple(parts)), st.lists(SHOWN, min_size=1, max_size=2)),
)
CONVERSATIONS = st.builds(
    lambda first, exchange, message: (first, *exchange, message),
    st.builds(lambda text: Message(Role.SYSTEM, (Text(text),)), WORDS.filter(bool)),
    EXCHANGES,
    MESSAGES,
)


@settings(max_examples=30)
@given(
    CONVERSATIONS,
    st.sampled_from([None, ToolChoice(ToolMode.AUTO), ToolChoice(ToolMode.NAMED, ("f",))]),
    st.booleans(),
    st.sampled_from([None, Reasoning("high", is_sealed=True), Reasoning(is_shown=True, summary="auto")]),
)
def test_what_is_written_for_a_provider_reads_the_same(
    messages: tuple[Message, ...], choice: ToolChoice | None, is_stream: bool, reasoning: Reasoning | None
) -> None:
    request = Request(
        OWN,
        "m",
        messages,
        (Tool("f", "d", Raw(b'{"type":"object"}'), is_strict=True),),
        choice,
        reasoning=reasoning,
        is_stream=is_stream,
        has_stream_usage=True,
        extensions=(Extension("truncation", Raw(b'"auto"'), is_hint=True),),
    )
    out = FAMILY.to_wire(request, "m", Quirks(has_developer=True))
    assert out.inexpressible == ()
    assert parse(Asked(out.body)) == request


def test_tools_may_come_with_the_input() -> None:
    tools = [{"type": "namespace", "name": "n", "tools": [{"type": "custom", "name": "c"}]}]
    added = {"type": "additional_tools", "role": "developer", "tools": tools}
    found = asked(input=[added, {"role": "user", "content": "hi"}], reasoning={"effort": "low", "context": "all_turns"})
    assert found.tools == (CustomTool("c", namespace=Namespace("n")),)
    assert found.messages == (Message(Role.USER, (Text("hi"),)),)
    assert found.extensions == (Extension("reasoning.context", Raw(b'"all_turns"'), is_hint=True),)
    call = {"type": "custom_tool_call", "call_id": "1", "namespace": "n", "name": "c", "input": "x"}
    assert asked(input=[call]).messages[0].parts == (ToolCall("1", "c", "x", is_custom=True, namespace="n"),)
