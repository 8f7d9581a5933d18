"""What is asked is written under OpenAI's names; what has no place is named."""

import json
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.openai_chat import DIALECT
from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    CustomTool,
    Document,
    Extension,
    ForeignTool,
    Form,
    FormatKind,
    Hints,
    Image,
    Message,
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
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.request import write_request
from tests.providers.openai_chat.asked import HELLO, OWN, Json, lost, sent

_T = TypeVar("_T")
SCHEMA = msgspec.Raw(b'{"type": "object",  "properties":{"a":{"type":"number","multipleOf":1.0}}}')
replace = msgspec.structs.replace


def test_a_schema_goes_out_byte_for_byte() -> None:
    request = replace(
        HELLO, tools=(Tool("f", "d", SCHEMA, is_strict=True),), format=OutputFormat(FormatKind.SCHEMA, SCHEMA)
    )
    out = write_request(request, "m", Quirks())
    assert out.body.count(bytes(SCHEMA)) == 2
    assert json.loads(out.body)["response_format"]["json_schema"]["name"] == "answer"


def test_every_setting_has_its_name() -> None:
    sampling = Sampling(
        0.5, 0.25, 3, 0.125, 1.0, -1.0, 42, ("a", "b"), msgspec.Raw(b'{"7":1}'), has_logprobs=True, top_logprobs=2
    )
    hints = Hints("u", msgspec.Raw(b'{"k":"v"}'), "flex", "key", is_stored=True, verbosity="low")
    body, out = sent(
        replace(OWN, sampling=sampling, hints=hints, max_output_tokens=9, choices=2, is_stream=True, is_parallel=False)
    )
    assert body == {
        "model": "model-x",
        "messages": [{"role": "user", "content": ""}],
        "parallel_tool_calls": False,
        "max_completion_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.25,
        "top_k": 3,
        "min_p": 0.125,
        "presence_penalty": 1.0,
        "frequency_penalty": -1.0,
        "seed": 42,
        "stop": ["a", "b"],
        "logit_bias": {"7": 1},
        "logprobs": True,
        "top_logprobs": 2,
        "n": 2,
        "stream": True,
        "stream_options": {"include_usage": True},
        "user": "u",
        "metadata": {"k": "v"},
        "service_tier": "flex",
        "prompt_cache_key": "key",
        "store": True,
        "verbosity": "low",
    }
    assert out.inexpressible == ()


def test_imitators_have_other_names() -> None:
    quirks = Quirks(max_tokens_field="max_tokens", seed_field="random_seed", has_stream_options=False)
    body, _ = sent(replace(HELLO, max_output_tokens=9, sampling=Sampling(seed=1), is_stream=True), quirks)
    assert (body["max_tokens"], body["random_seed"]) == (9, 1)
    assert "stream_options" not in body


def test_what_a_provider_refuses_is_left_out_and_named() -> None:
    quirks = Quirks(unknown=frozenset({"sampling.seed", "hints.user", "format.schema"}))
    request = replace(
        HELLO, sampling=Sampling(seed=1, top_k=2), hints=Hints(user="u"), format=OutputFormat(FormatKind.SCHEMA)
    )
    body, out = sent(request, quirks)
    assert body["response_format"] == {"type": "json_object"}
    assert body.keys() == {"model", "messages", "response_format"}
    assert lost(out) == {"sampling.seed": False, "sampling.top_k": False, "format.schema": False, "hints.user": True}


def test_an_imitator_may_know_more_than_openai() -> None:
    body, out = sent(replace(HELLO, sampling=Sampling(top_k=2)), Quirks(known=frozenset({"sampling.top_k"})))
    assert body["top_k"] == 2
    assert out.inexpressible == ()


def test_hints_of_other_forms_go_out_where_they_mean_something() -> None:
    hints = Hints(metadata=msgspec.Raw(b'{"user_id":"x"}'), service_tier="standard_only")
    body, out = sent(replace(HELLO, hints=hints, previous_response_id="r"))
    assert body.keys() == {"model", "messages"}
    assert lost(out) == {"hints.metadata": True, "hints.service_tier": True, "previous_response_id": False}


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        (ToolChoice(ToolMode.AUTO), "auto"),
        (ToolChoice(ToolMode.NONE), "none"),
        (ToolChoice(ToolMode.REQUIRED), "required"),
        (ToolChoice(ToolMode.NAMED, ("f",)), {"type": "function", "function": {"name": "f"}}),
        (ToolChoice(ToolMode.NAMED, ("sql",)), {"type": "custom", "custom": {"name": "sql"}}),
        (
            ToolChoice(ToolMode.REQUIRED, ("f",)),
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "f"}}]},
            },
        ),
    ],
)
def test_tools_are_chosen(choice: ToolChoice, written: object) -> None:
    body, _ = sent(replace(HELLO, tools=(Tool("f"), CustomTool("sql")), tool_choice=choice))
    assert body["tool_choice"] == written


def test_tools_of_all_kinds_are_written() -> None:
    own = ForeignTool(Form.OPENAI_CHAT, "web", msgspec.Raw(b'{"type":"web"}'))
    foreign = ForeignTool(Form.GEMINI_GENERATE, "googleSearch", msgspec.Raw(b"{}"))
    tools = (Tool("f", cache=CacheMark("1h")), CustomTool("sql", "d", msgspec.Raw(b'{"type":"text"}')), own, foreign)
    body, out = sent(replace(HELLO, tools=tools), Quirks(has_cache_marks=True))
    assert body["tools"] == [
        {"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "custom", "custom": {"name": "sql", "description": "d", "format": {"type": "text"}}},
        {"type": "web"},
    ]
    assert lost(out) == {"tools[3]": False}


def test_the_clients_own_members_go_out_where_they_stood() -> None:
    members = ("prediction", "messages[0].prefix", "tools[0].function.x", "stream_options.y", "messages[7].z")
    extensions = tuple(Extension(name, msgspec.Raw(b"[1,  2]")) for name in members)
    body, out = sent(replace(OWN, tools=(Tool("f"),), extensions=extensions, is_stream=True))
    assert body["prediction"] == [1, 2]
    assert body["messages"] == [{"role": "user", "content": "", "prefix": [1, 2]}]
    assert body["tools"] == [{"type": "function", "function": {"name": "f", "x": [1, 2]}}]
    assert body["stream_options"] == {"include_usage": True, "y": [1, 2]}
    assert lost(out) == {"extensions.messages[7].z": True}


def test_members_of_another_form_are_lost_as_they_matter() -> None:
    extensions = (Extension("container", msgspec.Raw(b"1")), Extension("betas", msgspec.Raw(b"1"), is_hint=True))
    body, out = sent(replace(HELLO, extensions=extensions))
    assert body.keys() == {"model", "messages"}
    assert lost(out) == {"extensions.container": False, "extensions.betas": True}


def test_a_client_of_the_old_ways_is_served_with_tools() -> None:
    asked: Json = {
        "model": "m",
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
        ],
        "functions": [{"name": "f", "parameters": {}}],
        "function_call": {"name": "f"},
    }
    body, out = sent(DIALECT.parse(Asked(json.dumps(asked).encode())))
    assert body["tools"] == [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert body.keys() == {"model", "messages", "tools", "tool_choice", "parallel_tool_calls"}
    _, call, result = json.loads(out.body)["messages"]
    assert call["tool_calls"][0]["id"] == result["tool_call_id"]


# -- the mirror --------------------------------------------------------------------------------------


def maybe(strategy: st.SearchStrategy[_T]) -> st.SearchStrategy[_T | None]:
    return st.none() | strategy


WORDS = st.text("abc é", min_size=1, max_size=5)
MARKS = maybe(st.builds(CacheMark, st.sampled_from([None, "5m", "1h"])))
SOURCES = st.one_of(
    st.builds(Source, st.just("https://x/y")), st.builds(Source, data=st.just("AAAA"), media_type=st.just("image/png"))
)
FILES = st.one_of(
    st.builds(Source, data=st.just("AAAA"), media_type=st.just("application/pdf")),
    st.builds(Source, file_id=st.just("f1")),
)
TEXTS = st.builds(Text, WORDS, MARKS)
USER_PARTS: st.SearchStrategy[Part] = st.one_of(
    TEXTS,
    st.builds(Image, SOURCES, st.sampled_from([None, "low"]), MARKS),
    st.builds(
        Audio, st.builds(Source, data=st.just("AAAA"), media_type=st.sampled_from(["audio/wav", "audio/mpeg"])), MARKS
    ),
    st.builds(Document, FILES, name=st.just("a.pdf"), cache=MARKS),
)
RESULTS = st.builds(
    ToolResult,
    WORDS,
    st.lists(st.one_of(TEXTS, st.builds(Image, SOURCES)), max_size=2).map(tuple),
    st.sampled_from([None, "f"]),
    st.just(False),
    st.just(False),
    MARKS,
)
SEALS = maybe(st.builds(Seal, st.just(Form.GEMINI_GENERATE), WORDS))
CALLS = st.builds(ToolCall, WORDS, WORDS, WORDS, st.booleans(), SEALS)


@st.composite
def assistants(draw: st.DrawFn) -> Message:
    parts: list[Part] = []
    if draw(st.booleans()):
        parts.append(Thought(draw(WORDS)))
    parts += draw(st.lists(TEXTS, min_size=1, max_size=2))
    parts += [Refusal("no")] if draw(st.booleans()) else []
    parts += draw(st.lists(CALLS, max_size=2))
    return Message(Role.ASSISTANT, tuple(parts), draw(maybe(WORDS)))


MESSAGES = st.one_of(
    st.builds(
        Message, st.just(Role.SYSTEM), st.lists(TEXTS, min_size=1, max_size=2).map(tuple), maybe(WORDS), st.booleans()
    ),
    st.builds(Message, st.just(Role.USER), st.lists(USER_PARTS, min_size=1, max_size=3).map(tuple), maybe(WORDS)),
    st.builds(Message, st.just(Role.USER), st.tuples(RESULTS)),
    assistants(),
)
NUMBERS = maybe(st.integers(0, 9))
FLOATS = maybe(st.sampled_from([0.0, 0.5, 1.0]))
STREAMING = st.booleans()
REQUESTS = st.builds(
    Request,
    st.just(Form.OPENAI_CHAT),
    WORDS,
    st.lists(MESSAGES, min_size=1, max_size=3).map(tuple),
    st.lists(
        st.one_of(
            st.builds(Tool, WORDS, maybe(WORDS), maybe(st.just(SCHEMA)), maybe(st.booleans()), MARKS),
            st.builds(CustomTool, WORDS, maybe(WORDS), maybe(st.just(msgspec.Raw(b'{"type":"text"}')))),
            st.just(ForeignTool(Form.OPENAI_CHAT, "web", msgspec.Raw(b'{"type":"web"}'))),
        ),
        max_size=2,
    ).map(tuple),
    maybe(st.builds(ToolChoice, st.sampled_from([ToolMode.AUTO, ToolMode.NONE, ToolMode.REQUIRED]))),
    maybe(st.booleans()),
    maybe(st.integers(1, 9)),
    st.builds(
        Sampling,
        FLOATS,
        FLOATS,
        NUMBERS,
        FLOATS,
        FLOATS,
        FLOATS,
        NUMBERS,
        st.lists(WORDS, max_size=2).map(tuple),
        st.none(),
        maybe(st.booleans()),
        NUMBERS,
    ),
    maybe(
        st.one_of(
            st.just(OutputFormat(FormatKind.JSON)),
            st.builds(
                OutputFormat,
                st.just(FormatKind.SCHEMA),
                st.just(SCHEMA),
                maybe(WORDS),
                maybe(WORDS),
                maybe(st.booleans()),
            ),
        )
    ),
    maybe(st.builds(Reasoning, st.sampled_from(["none", "low", "max"]))),
    st.integers(1, 3),
    st.booleans(),
    st.just(False),
    st.none(),
    st.builds(
        Hints, maybe(WORDS), maybe(st.just(msgspec.Raw(b'{"a":"b"}'))), maybe(WORDS), maybe(WORDS), maybe(st.booleans())
    ),
    st.sampled_from([(), (Extension("unheard_of", msgspec.Raw(b"[1]")),)]),
)
ALL = Quirks(thinking_field="reasoning_content", has_developer=True, has_cache_marks=True, has_call_seals=True)


@given(REQUESTS)
def test_what_is_written_reads_as_what_was_asked(request: Request) -> None:
    out = write_request(request, request.model, ALL)
    assert out.inexpressible == ()
    again = DIALECT.parse(Asked(out.body))
    assert replace(again, has_stream_usage=False) == request
    assert again.has_stream_usage == request.is_stream
