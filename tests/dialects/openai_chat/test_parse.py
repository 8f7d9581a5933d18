"""What clients ask is read; what is wrong is named with its path."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.openai_chat.parse import parse_request
from narrowgate.model.conversation import (
    Extension,
    Form,
    FormatKind,
    Hints,
    OutputFormat,
    Reasoning,
    Sampling,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.model.fault import Failed, FaultKind
from tests.dialects.openai_chat.asking import Json, asked, refused


def test_every_setting_is_read() -> None:
    request = asked(
        temperature=1,
        top_p=0.5,
        top_k=3.0,
        min_p=0.1,
        presence_penalty=1,
        frequency_penalty=-1,
        seed=7,
        stop="x",
        logit_bias={"7": 1},
        logprobs=True,
        top_logprobs=2,
        n=2,
        max_tokens=9,
        max_completion_tokens=100.0,
        parallel_tool_calls=False,
        stream=True,
        stream_options={"include_usage": True},
        user="u",
        metadata={"k": "v"},
        service_tier="flex",
        prompt_cache_key="key",
        store=False,
        verbosity="low",
    )
    bias = msgspec.Raw(b'{"7": 1}')
    assert request.sampling == Sampling(1.0, 0.5, 3, 0.1, 1.0, -1.0, 7, ("x",), bias, has_logprobs=True, top_logprobs=2)
    assert request.hints == Hints("u", msgspec.Raw(b'{"k": "v"}'), "flex", "key", is_stored=False, verbosity="low")
    assert (request.form, request.model, request.choices, request.max_output_tokens) == (Form.OPENAI_CHAT, "m", 2, 100)
    assert (request.is_parallel, request.is_stream, request.has_stream_usage) == (False, True, True)
    assert request.extensions == ()


def test_null_is_the_same_as_absent() -> None:
    members = dict.fromkeys(
        ("temperature", "n", "tools", "stop", "response_format", "unheard_of", "stream_options", "metadata")
    )
    assert asked(**members) == asked()


def test_the_model_may_be_in_the_path() -> None:
    body = b'{"messages":[{"role":"user","content":"hi"}]}'
    assert parse_request(Asked(body, model="from-path")).model == "from-path"


@pytest.mark.parametrize(
    ("members", "reasoning"),
    [
        ({"reasoning_effort": "low"}, Reasoning("low")),
        ({"reasoning": {"effort": "high", "exclude": True}}, Reasoning("high", is_shown=False)),
        ({"reasoning": {"max_tokens": 9, "enabled": True}}, Reasoning(budget_tokens=9, is_on=True)),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, Reasoning(budget_tokens=9, is_on=True)),
        ({"thinking": {"type": "disabled"}}, Reasoning(is_on=False)),
        ({"thinking": {"type": "adaptive"}, "reasoning_effort": "max"}, Reasoning("max", is_on=True, is_adaptive=True)),
        ({"reasoning": {}}, None),
    ],
)
def test_reasoning_is_asked_for_in_several_ways(members: Json, reasoning: Reasoning | None) -> None:
    assert asked(**members).reasoning == reasoning


def test_a_schema_is_kept_byte_for_byte() -> None:
    schema = b'{"type":  "object", "x": 1.0}'
    asked_format = b'{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":%s}}' % schema
    body = b'{"model":"m","messages":[{"role":"user"}],"response_format":%s}' % asked_format
    found = parse_request(Asked(body)).format
    assert found == OutputFormat(FormatKind.SCHEMA, msgspec.Raw(schema), "n", None, is_strict=True)


@pytest.mark.parametrize(("kind", "found"), [("text", FormatKind.TEXT), ("json_object", FormatKind.JSON)])
def test_formats_without_a_schema_are_read(kind: str, found: FormatKind) -> None:
    assert asked(response_format={"type": kind}).format == OutputFormat(found)


def test_an_unknown_format_and_unknown_members_ride_along() -> None:
    request = asked(response_format={"type": "grammar"}, safe_prompt=True, prediction={}, modalities=["text"], audio={})
    assert request.format is None
    assert request.extensions == (
        Extension("safe_prompt", msgspec.Raw(b"true")),
        Extension("prediction", msgspec.Raw(b"{}"), is_hint=True),
        Extension("modalities", msgspec.Raw(b'["text"]'), is_hint=True),
        Extension("audio", msgspec.Raw(b"{}")),
        Extension("response_format", msgspec.Raw(b'{"type": "grammar"}')),
    )
    options = asked(stream=True, stream_options={"include_obfuscation": False})
    assert options.extensions == (Extension("stream_options.include_obfuscation", msgspec.Raw(b"false"), is_hint=True),)


def test_the_old_ways_are_read_as_tools() -> None:
    request = asked(functions=[{"name": "f", "parameters": {}}], function_call="auto")
    assert request.tools == (Tool("f", None, msgspec.Raw(b"{}")),)
    assert request.tool_choice == ToolChoice(ToolMode.AUTO)
    assert request.is_parallel is False
    assert [extension.name for extension in request.extensions] == ["functions", "function_call"]


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"temperature": "hot"}, "temperature"),
        ({"n": 0}, "n"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": 7}, "response_format"),
        ({"stop": ["a", 7]}, "stop[1]"),
        ({"stream_options": {"include_usage": 7}}, "stream_options.include_usage"),
        ({"reasoning": {"effort": 7}}, "reasoning.effort"),
    ],
)
def test_what_is_wrong_is_named(members: Json, path: str) -> None:
    fault = refused(**members)
    assert (fault.kind, fault.param) == (FaultKind.BAD_REQUEST, path)
    assert fault.message.startswith(f"{path}: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"model":"\xff"}',
        b'{"x":"\xff"}',
        b"[" * 100_000,
        b'{"x":' * 100_000,
        b'{"model":NaN}',
        b'{"temperature":1e999}',
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Failed):
        parse_request(Asked(body))


def test_half_an_emoji_is_read() -> None:
    request = parse_request(
        Asked(b'{"model":"m","messages":[{"role":"user","content":"\\ud83d"}],"x":{"y":"\\ude00"}}')
    )
    assert "�" in str(request.messages)
    assert request.extensions[0].value == msgspec.Raw(b'{"y":"\\ufffd"}')


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.floats(), st.sampled_from(["user", "tool", "text", "function", ""])
)
NAMES = st.sampled_from(
    (
        "model",
        "messages",
        "role",
        "content",
        "type",
        "text",
        "tools",
        "function",
        "name",
        "tool_calls",
        "id",
        "arguments",
        "image_url",
        "url",
        "file",
        "input_audio",
        "stop",
        "tool_choice",
        "response_format",
        "json_schema",
        "thinking",
        "thinking_blocks",
        "reasoning_details",
        "functions",
        "function_call",
        "n",
        "top_k",
        "cache_control",
        "stream_options",
    )
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(NAMES, JUNK, max_size=5), st.dictionaries(NAMES, JUNK, max_size=4))
def test_json_of_another_shape_is_refused_and_nothing_else(members: Json, message: Json) -> None:
    body: Json = {"model": "m", **members}
    body.setdefault("messages", [{"role": "assistant", **message}])
    with suppress(Failed):
        parse_request(Asked(json.dumps(body).encode()))


@given(st.binary())
def test_any_bytes_are_refused_and_nothing_else(body: bytes) -> None:
    with suppress(Failed):
        parse_request(Asked(body))
