"""What a client asks is understood, or the complaint names the place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate.parse import parse_request
from narrowgate.model.conversation import Form, Message, Role, Text, ToolChoice, ToolMode
from narrowgate.model.fault import Failed, FaultKind
from tests.dialects.gemini_generate.asking import HELLO, complaint, parsed


def test_the_path_names_the_model_and_the_mode() -> None:
    found = parse_request(Asked(b'{"contents":[{"parts":[{"text":"hi"}]}]}', model="models/m", is_stream=True))
    assert (found.form, found.model, found.is_stream) == (Form.GEMINI_GENERATE, "m", True)
    assert found.messages == (Message(Role.USER, (Text("hi"),)),)


def test_both_spellings_are_understood() -> None:
    camel = parsed(
        systemInstruction={"parts": [{"text": "s"}]},
        generationConfig={"maxOutputTokens": 5, "thinkingConfig": {"thinkingBudget": 9}},
        toolConfig={"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    )
    snake = parsed(
        system_instruction={"parts": [{"text": "s"}]},
        generation_config={"max_output_tokens": 5, "thinking_config": {"thinking_budget": 9}},
        tool_config={"function_calling_config": {"mode": "any", "allowed_function_names": ["f"]}},
    )
    assert camel == snake
    assert camel.messages[0] == Message(Role.SYSTEM, (Text("s"),))
    assert camel.tool_choice == ToolChoice(ToolMode.NAMED, ("f",))


@pytest.mark.parametrize(
    ("mode", "names", "choice"),
    [
        ("AUTO", [], ToolChoice(ToolMode.AUTO)),
        ("VALIDATED", ["f"], ToolChoice(ToolMode.AUTO, ("f",))),
        ("ANY", ["f", "g"], ToolChoice(ToolMode.REQUIRED, ("f", "g"))),
        ("none", ["f"], ToolChoice(ToolMode.NONE)),
        (2, None, ToolChoice(ToolMode.REQUIRED)),
        ("MODE_UNSPECIFIED", None, None),
        (None, None, None),
    ],
)
def test_whether_tools_are_called_is_understood(mode: object, names: object, choice: ToolChoice | None) -> None:
    calling = {"mode": mode, "allowedFunctionNames": names}
    assert parsed(toolConfig={"functionCallingConfig": calling}).tool_choice == choice


def test_what_only_gemini_knows_is_kept() -> None:
    found = parsed(
        safetySettings=[],
        cached_content="c",
        labels=None,
        model="m",
        toolConfig={"retrievalConfig": {}},
        generationConfig={"speech_config": {}, "responseModalities": ["TEXT"]},
    )
    assert [(one.name, one.is_hint) for one in found.extensions] == [
        ("safetySettings", True),
        ("cachedContent", False),
        ("toolConfig.retrievalConfig", False),
        ("generationConfig.speechConfig", False),
        ("generationConfig.responseModalities", True),
    ]


def test_the_service_tier_is_a_hint() -> None:
    assert parsed(service_tier="flex").hints.service_tier == "flex"


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"contents": []}, "contents"),
        ({"contents": [{"role": "bot"}]}, "contents[0].role"),
        ({"contents": [{"parts": [{"text": 1}]}]}, "contents[0].parts[0].text"),
        ({"generationConfig": {"topK": 1.5}}, "generationConfig.topK"),
        ({"generationConfig": {"candidateCount": 0}}, "generationConfig.candidateCount"),
        ({"toolConfig": {"functionCallingConfig": {"mode": "x"}}}, "toolConfig.functionCallingConfig.mode"),
        ({"tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        ({"tools": 3}, "tools"),
    ],
)
def test_a_complaint_names_the_place(members: dict[str, object], param: str) -> None:
    assert complaint(**{"contents": HELLO, **members}) == param


@pytest.mark.parametrize(
    "junk", [b"", b"[]", b"\xff", b'{"contents":NaN}', b'{"a":' * 5_000, b'{"contents":[{"parts":[']
)
def test_what_is_no_request_is_the_callers_fault(junk: bytes) -> None:
    with pytest.raises(Failed) as caught:
        parse_request(Asked(junk, "m", is_stream=False))
    assert caught.value.fault.kind is FaultKind.BAD_REQUEST


def test_half_an_emoji_is_mended() -> None:
    found = parse_request(Asked(b'{"contents":[{"parts":[{"text":"a\\ud83d"}]}]}', "m", is_stream=False))
    assert found.messages[0].parts == (Text("a�"),)


BODY = (
    b'{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"YQ=="},'
    b'{"inline_data":{"mime_type":"text/plain","data":"YQ=="}}]}],"tools":[{"functionDeclarations":[{"name":"f",'
    b'"parameters":{"type":"OBJECT","nullable":true}}]}],"generationConfig":{"topK":1,"responseSchema":{"type":"STRING"}}}'
)


@given(st.binary(max_size=20), st.integers(0, len(BODY)))
def test_junk_is_the_callers_fault_and_nothing_else(junk: bytes, at: int) -> None:
    with suppress(Failed):
        parse_request(Asked(BODY[:at] + junk + BODY[at + 1 :], "m", is_stream=False))
