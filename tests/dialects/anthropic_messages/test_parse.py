import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.anthropic_messages.parse import parse
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    CacheMark,
    Extension,
    ForeignTool,
    Form,
    FormatKind,
    Hints,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.model.fault import Failed, FaultKind

LEAST: dict[str, object] = {"model": "claude", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]}


def asked(**more: object) -> Request:
    return parse(Asked(msgspec.json.encode(LEAST | more)))


def refused(body: bytes) -> tuple[str | None, str]:
    with pytest.raises(Failed) as caught:
        parse(Asked(body))
    assert caught.value.fault.kind is FaultKind.BAD_REQUEST
    return caught.value.fault.param, caught.value.fault.message


def test_the_least_request_says_no_more_than_it_says() -> None:
    assert asked() == Request(
        Form.ANTHROPIC_MESSAGES,
        "claude",
        (Message(Role.USER, (Text("hi"),)),),
        max_output_tokens=10,
        has_stream_usage=True,
    )


def test_system_text_comes_first_as_text_or_as_blocks() -> None:
    assert asked(system="be kind").messages[0] == Message(Role.SYSTEM, (Text("be kind"),))
    blocks = [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    assert asked(system=blocks).messages[0] == Message(Role.SYSTEM, (Text("be kind", CacheMark("1h")),))


def test_system_text_among_the_messages_stays_in_its_place() -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]
    assert [message.role for message in asked(messages=messages).messages] == [Role.USER, Role.SYSTEM]


def test_a_billing_line_is_no_instruction() -> None:
    line = {"type": "text", "text": "x-anthropic-billing-header: cc_version=1"}
    request = asked(system=[line, {"type": "text", "text": "be kind"}])
    assert request.messages[0] == Message(Role.SYSTEM, (Text("be kind"),))
    assert request.extensions == (Extension("system[0]", Raw(msgspec.json.encode(line)), is_hint=True),)


def test_tools_are_read_and_those_of_the_provider_are_kept() -> None:
    schema = {"type": "object", "properties": {}}
    server = {"type": "web_search_20250305", "name": "web_search"}
    own = {"name": "look", "description": "d", "input_schema": schema, "strict": True, "type": "custom"}
    assert asked(tools=[own, server]).tools == (
        Tool("look", "d", Raw(msgspec.json.encode(schema)), is_strict=True),
        ForeignTool(Form.ANTHROPIC_MESSAGES, "web_search_20250305", Raw(msgspec.json.encode(server))),
    )


def test_what_only_this_form_says_of_a_tool_is_an_extension_with_its_path() -> None:
    tools = [{"name": "a"}, {"name": "b", "defer_loading": True, "eager_input_streaming": True}]
    assert asked(tools=tools).extensions == (
        Extension("tools[1].defer_loading", Raw(b"true")),
        Extension("tools[1].eager_input_streaming", Raw(b"true"), is_hint=True),
    )
    assert asked(tools=[{"name": "a", "defer_loading": False, "allowed_callers": ["direct"]}]).extensions == ()


@pytest.mark.parametrize(
    ("said", "choice", "is_parallel"),
    [
        ({"type": "auto"}, ToolChoice(ToolMode.AUTO), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice(ToolMode.REQUIRED), False),
        ({"type": "tool", "name": "look"}, ToolChoice(ToolMode.NAMED, ("look",)), None),
        ({"type": "none"}, ToolChoice(ToolMode.NONE), None),
    ],
)
def test_tool_choices_are_read(said: object, choice: ToolChoice, is_parallel: bool | None) -> None:
    request = asked(tool_choice=said)
    assert (request.tool_choice, request.is_parallel) == (choice, is_parallel)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, Reasoning(budget_tokens=2048, is_on=True)),
        (
            {"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "high"}},
            Reasoning("high", is_on=True, is_adaptive=True, is_shown=False),
        ),
        ({"thinking": {"type": "disabled"}}, Reasoning(is_on=False)),
        ({"output_config": {"effort": "low"}}, Reasoning("low")),
    ],
)
def test_thinking_and_effort_are_read(said: dict[str, object], meant: Reasoning) -> None:
    assert asked(**said).reasoning == meant


def test_structured_output_is_read_in_its_new_and_its_old_place() -> None:
    wanted = {"type": "json_schema", "schema": {"type": "object"}}
    meant = OutputFormat(FormatKind.SCHEMA, Raw(b'{"type":"object"}'))
    assert asked(output_config={"format": wanted}).format == meant
    assert asked(output_format=wanted).format == meant


def test_sampling_and_hints_are_read() -> None:
    request = asked(
        temperature=0.5,
        top_p=1,
        top_k=3,
        stop_sequences=["x"],
        metadata={"user_id": "u"},
        service_tier="auto",
        stream=True,
    )
    assert request.sampling == Sampling(0.5, 1.0, 3, stop=("x",))
    assert request.hints == Hints("u", service_tier="auto")
    assert request.is_stream


def test_a_cache_mark_of_the_request_is_one_of_its_last_block() -> None:
    messages = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "t"}]},
    ]
    first, second = asked(messages=messages, cache_control={"type": "ephemeral"}).messages
    assert first.parts == (Text("a", CacheMark()),)
    assert len(second.parts) == 1


def test_members_of_this_form_alone_are_extensions_and_the_version_of_a_host_is_not() -> None:
    request = asked(container="c", context_management={}, anthropic_version="v", output_config={"task_budget": 1})
    assert request.extensions == (
        Extension("container", Raw(b'"c"')),
        Extension("context_management", Raw(b"{}"), is_hint=True),
        Extension("output_config.task_budget", Raw(b"1")),
    )


def test_betas_of_header_and_body_are_one_extension() -> None:
    body = msgspec.json.encode(LEAST | {"anthropic_beta": ["c"]})
    request = parse(Asked(body, headers={b"anthropic-beta": b"a, b"}))
    assert request.extensions == (Extension("anthropic-beta", Raw(b'"a,b,c"'), is_hint=True),)


def test_a_path_may_name_the_model_and_whether_to_stream() -> None:
    request = parse(Asked(b'{"messages":[]}', model="claude", is_stream=True))
    assert (request.model, request.is_stream, request.max_output_tokens) == ("claude", True, None)


def test_half_an_emoji_does_not_spoil_the_request() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"cut \\ud83d"}]}'
    assert parse(Asked(body)).messages[0].parts == (Text("cut \ufffd"),)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"messages":[]}', "model"),
        (b'{"model":"m"}', None),
        (b'{"model":"m","messages":[{"role":"bot","content":""}]}', "messages[0].role"),
        (b'{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}', "messages[0].content[0].text"),
        (b'{"model":"m","messages":[],"tools":[{"description":"d"}]}', "tools[0]"),
        (b'{"model":"m","messages":[],"tools":[{"name":3}]}', "tools[0].name"),
        (b'{"model":"m","messages":[],"tool_choice":{"type":"maybe"}}', "tool_choice.type"),
        (b'{"model":"m","messages":[],"tool_choice":{"type":"tool"}}', "tool_choice.name"),
        (b'{"model":"m","messages":[],"thinking":{"type":"hard"}}', "thinking.type"),
        (b'{"model":"m","messages":[],"output_config":{"effort":"odd"}}', "output_config.effort"),
        (b'{"model":"m","messages":[],"output_format":{"type":"xml"}}', "output_format.type"),
        (
            b'{"model":"m","messages":[],"output_config":{"format":{"type":"json_schema"}}}',
            "output_config.format.schema",
        ),
        (b'{"model":"m","messages":[],"metadata":{"user_id":3}}', "metadata.user_id"),
        (b'{"model":"m","messages":[],"temperature":NaN}', None),
        (b'{"model":"m","messages":[],"temperature":"warm"}', "temperature"),
        (b'{"model":"m","messages":[],"x":"\xff"}', None),
        (b'{"model":"m","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
        (b"[]", None),
        (b"", None),
    ],
)
def test_what_is_wrong_is_told_with_its_path(body: bytes, path: str | None) -> None:
    param, message = refused(body)
    assert param == path
    assert path is None or message.startswith(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "messages",
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "output_format",
        "metadata",
        "cache_control",
    ]
)


@pytest.mark.slow
@given(st.dictionaries(NAMES, VALUES, max_size=3))
def test_a_member_of_any_kind_is_read_or_refused(more: dict[str, object]) -> None:
    kind = FaultKind.BAD_REQUEST
    try:
        asked(**more)
    except Failed as failed:
        kind = failed.fault.kind
    assert kind is FaultKind.BAD_REQUEST


@given(st.binary(max_size=200))
def test_junk_is_refused(junk: bytes) -> None:
    assert refused(junk)
