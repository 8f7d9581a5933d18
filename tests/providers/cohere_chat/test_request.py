import msgspec
import pytest

from narrowgate.model.conversation import (
    CustomTool,
    Extension,
    ForeignTool,
    Form,
    FormatKind,
    Hints,
    OutputFormat,
    Reasoning,
    Request,
    Sampling,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.providers.cohere_chat.request import outgoing
from narrowgate.providers.family import Quirks

CHAT, COHERE = Form.OPENAI_CHAT, Form.COHERE_CHAT
SCHEMA = msgspec.Raw(b'{"type": "object",  "properties": {}}')


def sent(request: Request, *unknown: str) -> tuple[dict[str, object], dict[str, bool]]:
    out = outgoing(request, "m", Quirks(unknown=frozenset(unknown)))
    body = msgspec.json.decode(out.body, type=dict[str, object])
    return body, {lost.what: lost.is_hint for lost in out.inexpressible}


def test_limits_have_coheres_names() -> None:
    sampling = Sampling(0.5, 0.9, 40, None, 0.1, 0.2, 7, ("END",), has_logprobs=True)
    body, lost = sent(Request(CHAT, "x", (), max_output_tokens=9, sampling=sampling, is_stream=True))
    assert body == {
        "model": "m",
        "messages": [],
        "stream": True,
        "max_tokens": 9,
        "temperature": 0.5,
        "p": 0.9,
        "k": 40,
        "seed": 7,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "stop_sequences": ["END"],
        "logprobs": True,
    }
    assert lost == {}


def test_a_schema_goes_byte_for_byte() -> None:
    request = Request(
        CHAT, "x", (), (Tool("f", "d", SCHEMA), Tool("g")), format=OutputFormat(FormatKind.SCHEMA, SCHEMA)
    )
    body = outgoing(request, "m", Quirks()).body
    assert body.count(bytes(SCHEMA)) == 2
    assert b'"name":"g","parameters":{"type":"object","properties":{}}' in body
    assert sent(Request(CHAT, "x", (), format=OutputFormat(FormatKind.JSON)))[0]["response_format"] == {
        "type": "json_object"
    }


@pytest.mark.parametrize(
    ("choice", "word", "is_lost"),
    [
        (ToolChoice(ToolMode.AUTO), None, False),
        (ToolChoice(ToolMode.NONE), "NONE", False),
        (ToolChoice(ToolMode.REQUIRED), "REQUIRED", False),
        (ToolChoice(ToolMode.NAMED, ("f",)), "REQUIRED", False),
        (ToolChoice(ToolMode.NAMED, ("g",)), None, True),
    ],
)
def test_a_tool_can_be_named_when_it_is_alone(choice: ToolChoice, word: str | None, *, is_lost: bool) -> None:
    body, lost = sent(Request(CHAT, "x", (), (Tool("f"),), choice))
    assert body.get("tool_choice") == word
    assert ("tool_choice" in lost) is is_lost


def test_all_tools_are_strict_or_none() -> None:
    assert sent(Request(CHAT, "x", (), (Tool("f", is_strict=True), Tool("g", is_strict=True))))[0]["strict_tools"]
    body, lost = sent(Request(CHAT, "x", (), (Tool("f", is_strict=True), Tool("g"))))
    assert "strict_tools" not in body
    assert lost == {"tools.is_strict": True}


@pytest.mark.parametrize(
    ("reasoning", "thinking"),
    [
        (Reasoning(effort="low"), {"type": "enabled", "token_budget": 2048}),
        (Reasoning(effort="none"), {"type": "disabled"}),
        (Reasoning(budget_tokens=512, is_on=True), {"type": "enabled", "token_budget": 512}),
        (Reasoning(is_on=False), {"type": "disabled"}),
        (Reasoning(is_adaptive=True), {"type": "enabled"}),
        (Reasoning(), None),
    ],
)
def test_effort_is_a_budget(reasoning: Reasoning, thinking: object) -> None:
    assert sent(Request(CHAT, "x", (), reasoning=reasoning))[0].get("thinking") == thinking


def test_own_members_go_verbatim_and_others_are_told() -> None:
    extensions = (Extension("safety_mode", msgspec.Raw(b'"OFF"')), Extension("keep_alive", msgspec.Raw(b"1")))
    assert sent(Request(COHERE, "x", (), extensions=extensions)) == (
        {"model": "m", "messages": [], "stream": False, "safety_mode": "OFF", "keep_alive": 1},
        {},
    )
    hint = Extension("priority", msgspec.Raw(b"1"), is_hint=True)
    assert sent(Request(CHAT, "x", (), extensions=(*extensions, hint)))[1] == {
        "extensions.safety_mode": False,
        "extensions.keep_alive": True,
        "extensions.priority": True,
    }


def test_what_has_no_place_is_told() -> None:
    request = Request(
        CHAT,
        "x",
        (),
        (CustomTool("c"), ForeignTool(CHAT, "web", msgspec.Raw(b"{}")), Tool("f")),
        is_parallel=False,
        sampling=Sampling(min_p=0.1, logit_bias=msgspec.Raw(b"{}"), top_logprobs=2),
        choices=2,
        previous_response_id="r",
        format=OutputFormat(FormatKind.JSON, description="d"),
        reasoning=Reasoning(is_shown=True, summary="auto"),
        hints=Hints("u", msgspec.Raw(b"{}"), "flex", "k", is_stored=True, verbosity="low"),
    )
    assert sent(request)[1] == {
        "tools[0]": False,
        "tools[1]": False,
        "is_parallel": False,
        "sampling.min_p": False,
        "sampling.logit_bias": False,
        "sampling.top_logprobs": False,
        "choices": False,
        "reasoning.is_shown": True,
        "reasoning.summary": True,
        "format.description": True,
        "hints.user": True,
        "hints.metadata": True,
        "hints.service_tier": True,
        "hints.cache_key": True,
        "hints.verbosity": True,
        "hints.is_stored": True,
        "previous_response_id": False,
    }


def test_a_tool_only_cohere_knows_goes_as_it_came() -> None:
    tool = ForeignTool(COHERE, "web", msgspec.Raw(b'{"type":"web"}'))
    assert sent(Request(COHERE, "x", (), (tool,)))[0]["tools"] == [{"type": "web"}]


def test_what_a_provider_does_not_know_is_not_sent() -> None:
    body, lost = sent(Request(CHAT, "x", (), sampling=Sampling(seed=1)), "sampling.seed")
    assert "seed" not in body
    assert lost == {"sampling.seed": False}
