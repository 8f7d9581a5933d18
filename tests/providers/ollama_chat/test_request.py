import msgspec
import pytest

from narrowgate.model.conversation import (
    CacheMark,
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
from narrowgate.providers.family import Quirks
from narrowgate.providers.ollama_chat.request import outgoing

CHAT, OLLAMA = Form.OPENAI_CHAT, Form.OLLAMA_CHAT
SCHEMA = msgspec.Raw(b'{"type": "object",  "properties": {}}')


def sent(request: Request, *unknown: str) -> tuple[dict[str, object], dict[str, bool]]:
    out = outgoing(request, "m", Quirks(unknown=frozenset(unknown)))
    body = msgspec.json.decode(out.body, type=dict[str, object])
    return body, {lost.what: lost.is_hint for lost in out.inexpressible}


def test_limits_are_options() -> None:
    sampling = Sampling(0.5, 0.9, 40, 0.1, 0.2, 0.3, 7, ("END",), has_logprobs=True, top_logprobs=2)
    body, lost = sent(Request(CHAT, "x", (), max_output_tokens=9, sampling=sampling, is_stream=True))
    assert body == {
        "model": "m",
        "messages": [],
        "stream": True,
        "logprobs": True,
        "top_logprobs": 2,
        "options": {
            "num_predict": 9,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 40,
            "min_p": 0.1,
            "seed": 7,
            "presence_penalty": 0.2,
            "frequency_penalty": 0.3,
            "stop": ["END"],
        },
    }
    assert lost == {}


def test_schemas_go_byte_for_byte() -> None:
    wanted = OutputFormat(FormatKind.SCHEMA, SCHEMA)
    body = outgoing(Request(CHAT, "x", (), (Tool("f", "d", SCHEMA), Tool("g")), format=wanted), "m", Quirks()).body
    assert b'"format":' + bytes(SCHEMA) in body
    assert b'"parameters":' + bytes(SCHEMA) in body
    assert sent(Request(CHAT, "x", (), format=OutputFormat(FormatKind.JSON)))[0]["format"] == "json"


@pytest.mark.parametrize(
    ("reasoning", "think"),
    [
        (Reasoning(is_on=True), True),
        (Reasoning(is_on=False), False),
        (Reasoning(effort="none"), False),
        (Reasoning(effort="xhigh"), "high"),
        (Reasoning(budget_tokens=1_000), "low"),
        (Reasoning(is_adaptive=True), True),
        (Reasoning(), None),
    ],
)
def test_effort_is_a_level(reasoning: Reasoning, think: object) -> None:
    assert sent(Request(CHAT, "x", (), reasoning=reasoning))[0].get("think") == think


def test_tools_that_may_not_be_called_are_not_shown() -> None:
    body, lost = sent(Request(CHAT, "x", (), (Tool("f"),), ToolChoice(ToolMode.NONE)))
    assert "tools" not in body
    assert lost == {}
    assert sent(Request(CHAT, "x", (), (Tool("f"),), ToolChoice(ToolMode.REQUIRED)))[1] == {"tool_choice": False}


def test_own_members_go_where_they_came_from() -> None:
    extensions = (
        Extension("options.num_ctx", msgspec.Raw(b"4096"), is_hint=True),
        Extension("keep_alive", msgspec.Raw(b'"5m"'), is_hint=True),
        Extension("generate.raw", msgspec.Raw(b"true")),
    )
    body, lost = sent(Request(OLLAMA, "x", (), reasoning=Reasoning(effort="max"), extensions=extensions))
    assert (body["options"], body["keep_alive"], body["think"]) == ({"num_ctx": 4096}, "5m", "max")
    assert lost == {"extensions.generate.raw": False}
    assert sent(Request(CHAT, "x", (), extensions=extensions))[1] == {
        "extensions.options.num_ctx": True,
        "extensions.keep_alive": True,
        "extensions.generate.raw": False,
    }


def test_what_has_no_place_is_told() -> None:
    request = Request(
        CHAT,
        "x",
        (),
        (CustomTool("c"), ForeignTool(CHAT, "web", SCHEMA), Tool("f", is_strict=True, cache=CacheMark())),
        is_parallel=False,
        sampling=Sampling(logit_bias=SCHEMA),
        choices=2,
        previous_response_id="r",
        format=OutputFormat(FormatKind.JSON, description="d"),
        reasoning=Reasoning(budget_tokens=9, is_shown=True, summary="auto"),
        hints=Hints(user="u", is_stored=True),
    )
    assert sent(request)[1] == {
        "tools[0]": False,
        "tools[1]": False,
        "tools[2].is_strict": True,
        "tools[2].cache": True,
        "is_parallel": False,
        "sampling.logit_bias": False,
        "choices": False,
        "reasoning.budget_tokens": True,
        "reasoning.is_shown": True,
        "reasoning.summary": True,
        "format.description": True,
        "hints.user": True,
        "hints.is_stored": True,
        "previous_response_id": False,
    }


def test_a_tool_only_ollama_knows_goes_as_it_came() -> None:
    tool = ForeignTool(OLLAMA, "web", msgspec.Raw(b'{"type":"web"}'))
    assert sent(Request(OLLAMA, "x", (), (tool,)))[0]["tools"] == [{"type": "web"}]


def test_what_a_provider_does_not_know_is_not_sent() -> None:
    body, lost = sent(Request(CHAT, "x", (), reasoning=Reasoning(is_on=True)), "reasoning")
    assert "think" not in body
    assert lost == {"reasoning": False}
