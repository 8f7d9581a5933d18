import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.bedrock_converse.parse import parse
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    CacheMark,
    Extension,
    ForeignTool,
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
from narrowgate.schemas.bedrock_blocks import OWN

_HI: dict[str, object] = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}


def _parse(**more: object) -> Request:
    return parse(Asked(json.dumps(_HI | more).encode(), "m:0", is_stream=True))


def test_the_path_names_the_model_and_whether_to_stream() -> None:
    assert _parse() == Request(OWN, "m:0", (Message(Role.USER, (Text("hi"),)),), is_stream=True, has_stream_usage=True)
    assert not parse(Asked(b"{}", "m", is_stream=False)).is_stream


def test_numbers_are_read() -> None:
    request = _parse(
        inferenceConfig={"maxTokens": 5, "temperature": 1, "topP": 0.5, "stopSequences": ["END"]},
        additionalModelRequestFields={"top_k": 3, "reasoning_effort": "low", "seed": 1},
    )
    assert request.max_output_tokens == 5
    assert request.sampling == Sampling(1.0, 0.5, 3, stop=("END",))
    assert request.reasoning == Reasoning("low")
    assert request.extensions == (Extension("additionalModelRequestFields", Raw(b'{"seed":1}')),)


def test_tools_are_read() -> None:
    spec = {"name": "f", "description": "d", "inputSchema": {"json": {"type": "object"}}, "strict": True}
    config = {
        "tools": [
            {"toolSpec": spec},
            {"cachePoint": {"type": "default"}},
            {"systemTool": {"name": "nova_grounding"}},
            {"toolSpec": {"name": "g"}},
        ],
        "toolChoice": {"any": {}},
    }
    request = _parse(toolConfig=config)
    assert request.tools == (
        Tool("f", "d", Raw(b'{"type": "object"}'), is_strict=True, cache=CacheMark()),
        ForeignTool(OWN, "systemTool", Raw(b'{"systemTool": {"name": "nova_grounding"}}')),
        Tool("g"),
    )


@pytest.mark.parametrize(
    ("wire", "choice"),
    [
        ({"auto": {}}, ToolChoice(ToolMode.AUTO)),
        ({"any": {}}, ToolChoice(ToolMode.REQUIRED)),
        ({"tool": {"name": "f"}}, ToolChoice(ToolMode.NAMED, ("f",))),
        ({"any": None}, None),
    ],
)
def test_a_choice_is_read(wire: object, choice: ToolChoice | None) -> None:
    assert _parse(toolConfig={"tools": [], "toolChoice": wire}).tool_choice == choice


def test_a_schema_and_an_effort_for_the_answer_are_read() -> None:
    structure = {"jsonSchema": {"schema": '{"type":"object"}', "name": "n"}}
    request = _parse(outputConfig={"textFormat": {"type": "json_schema", "structure": structure}, "effort": "low"})
    assert request.format == OutputFormat(FormatKind.SCHEMA, Raw(b'{"type":"object"}'), "n")
    assert request.reasoning == Reasoning("low")


def test_metadata_and_tier_are_hints_and_the_rest_extensions() -> None:
    request = _parse(
        requestMetadata={"a": "b"},
        serviceTier={"type": "flex"},
        performanceConfig={"latency": "optimized"},
        guardrailConfig={"trace": "enabled"},
        promptVariables=None,
    )
    assert request.hints == Hints(metadata=Raw(b'{"a": "b"}'), service_tier="flex")
    assert request.extensions == (
        Extension("performanceConfig", Raw(b'{"latency": "optimized"}'), is_hint=True),
        Extension("guardrailConfig", Raw(b'{"trace": "enabled"}')),
    )


def test_half_an_emoji_is_mended() -> None:
    body = b'{"messages":[{"role":"user","content":[{"text":"a\\ud83d"}]}]}'
    assert parse(Asked(body, "m")).messages[0].parts == (Text("a\ufffd"),)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", None),
        (b"[]", None),
        (b'{"a":NaN}', None),
        (b'{"a":"\xff"}', None),
        (b'{"messages":{}}', "messages"),
        (b'{"messages":[{"content":[]}]}', "messages[0]"),
        (b'{"inferenceConfig":{"maxTokens":"5"}}', "inferenceConfig.maxTokens"),
        (b'{"toolConfig":{"tools":[{"toolSpec":{"name":1}}]}}', "toolConfig.tools[0].toolSpec.name"),
        (b'{"outputConfig":{"textFormat":{"type":"xml"}}}', "outputConfig.textFormat.type"),
        (
            b'{"outputConfig":{"textFormat":{"type":"json_schema"}}}',
            "outputConfig.textFormat.structure.jsonSchema",
        ),
        (
            b'{"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"x"}}}}}',
            "outputConfig.textFormat.structure.jsonSchema.schema",
        ),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, None),
    ],
)
def test_a_wrong_request_fails_with_its_path(body: bytes, path: str | None) -> None:
    with pytest.raises(Failed) as caught:
        parse(Asked(body, "m"))
    assert caught.value.fault.kind is FaultKind.BAD_REQUEST
    assert caught.value.fault.param == path


def test_a_model_must_be_named() -> None:
    with pytest.raises(Failed) as caught:
        parse(Asked(b"{}"))
    assert caught.value.fault.param == "modelId"


_NAMES = st.sampled_from(
    ["messages", "role", "content", "text", "system", "toolConfig", "tools", "toolSpec", "toolUse", "json", "document"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("user"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
)


@given(_JSON)
def test_any_json_is_a_request_or_fails(document: object) -> None:
    with suppress(Failed):
        assert isinstance(parse(Asked(msgspec.json.encode(document), "m")), Request)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_request_or_fail(junk: bytes) -> None:
    with suppress(Failed):
        parse(Asked(junk, "m"))
