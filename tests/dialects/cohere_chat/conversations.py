"""Requests that Cohere's form has a place for in full, for the law that nothing of them is lost."""

import msgspec
from hypothesis import strategies as st

from narrowgate.model.conversation import (
    Document,
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

COHERE = Form.COHERE_CHAT
WORDS = st.text(min_size=1, max_size=8)
TEXTS = st.builds(Text, WORDS)
NUMBERS = st.none() | st.floats(0, 2)
SCHEMAS = st.sampled_from([msgspec.Raw(b'{"type":"object"}'), msgspec.Raw(b'{ "type": "object", "required": [] }')])
SOURCES = st.sampled_from([Source(url="https://e/x.png"), Source(data="aGk=", media_type="image/png")])
IMAGES = st.builds(Image, SOURCES, st.sampled_from([None, "low"]))
PLANS = st.builds(Thought, WORDS, st.just(Seal(COHERE, "tool_plan")))
CALLS = st.builds(ToolCall, st.uuids().map(str), WORDS, st.just('{"a":1}'))
DOCUMENTS = st.builds(
    Document, text=st.just('{"title":"t","text":"x"}') | WORDS.map("w{}".format), name=st.none() | WORDS
)
RESULTS = st.builds(ToolResult, st.uuids().map(str), st.lists(TEXTS | DOCUMENTS, min_size=1, max_size=2).map(tuple))
ASSISTANTS = st.tuples(
    st.lists(PLANS, max_size=1),
    st.lists(TEXTS | st.builds(Thought, WORDS), min_size=1, max_size=2),
    st.lists(CALLS, max_size=2),
).map(lambda parts: Message(Role.ASSISTANT, (*parts[0], *parts[1], *parts[2])))
MESSAGES = st.one_of(
    st.builds(Message, st.just(Role.SYSTEM), st.lists(TEXTS, min_size=1, max_size=2).map(tuple)),
    st.builds(Message, st.just(Role.USER), st.lists(TEXTS | IMAGES, min_size=1, max_size=3).map(tuple)),
    st.builds(Message, st.just(Role.USER), st.tuples(RESULTS)),
    ASSISTANTS,
)
REQUESTS = st.builds(
    Request,
    st.just(COHERE),
    WORDS,
    st.lists(MESSAGES, max_size=4).map(tuple),
    st.lists(st.builds(Tool, WORDS, st.none() | WORDS, SCHEMAS, st.just(True)), max_size=2).map(tuple),
    st.sampled_from([None, ToolChoice(ToolMode.NONE), ToolChoice(ToolMode.REQUIRED)]),
    max_output_tokens=st.none() | st.integers(1, 99),
    sampling=st.builds(
        Sampling,
        NUMBERS,
        NUMBERS,
        st.none() | st.integers(0, 500),
        presence_penalty=NUMBERS,
        frequency_penalty=NUMBERS,
        seed=st.none() | st.integers(0, 99),
        stop=st.lists(WORDS, max_size=2).map(tuple),
        has_logprobs=st.sampled_from([None, True]),
    ),
    format=st.none()
    | st.just(OutputFormat(FormatKind.JSON))
    | SCHEMAS.map(lambda s: OutputFormat(FormatKind.SCHEMA, s)),
    reasoning=st.sampled_from([None, Reasoning(is_on=False), Reasoning(budget_tokens=9, is_on=True)]),
    is_stream=st.booleans(),
    has_stream_usage=st.just(True),
    extensions=st.sampled_from([(), (Extension("safety_mode", msgspec.Raw(b'"OFF"')),)]),
)
