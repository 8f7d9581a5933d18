import json

import pytest
from msgspec import Raw
from msgspec.structs import replace

from narrowgate.model.conversation import (
    CustomTool,
    Extension,
    Form,
    FormatKind,
    Hints,
    Message,
    Namespace,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
)
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_responses.request import to_wire

OWN, CHAT = Form.OPENAI_RESPONSES, Form.OPENAI_CHAT
PLAIN = {"model": "m", "input": [{"type": "message", "role": "user", "content": "hi"}]}


def request(form: Form = CHAT, **members: object) -> Request:
    return replace(Request(form, "public", (Message(Role.USER, (Text("hi"),)),)), **members)


def body(asked: Request, quirks: Quirks | None = None) -> dict[str, object]:
    found = json.loads(to_wire(asked, "m", quirks or Quirks()).body)
    assert isinstance(found, dict)
    return found


def test_for_clients_of_other_forms_nothing_is_stored() -> None:
    assert body(request()) == {**PLAIN, "store": False}
    assert body(request(hints=Hints(is_stored=True))) == {**PLAIN, "store": True}
    assert body(request(OWN)) == PLAIN


def test_the_first_system_text_becomes_instructions_the_rest_stays_in_place() -> None:
    system = Message(Role.SYSTEM, (Text("a"), Text("b")))
    later = Message(Role.SYSTEM, (Text("c"),))
    asked = request(OWN, messages=(system, Message(Role.USER, (Text("hi"),)), later))
    assert body(asked) == {
        "model": "m",
        "instructions": "a\n\nb",
        "input": [*PLAIN["input"], {"type": "message", "role": "system", "content": "c"}],
    }


def test_everything_there_is_a_name_for_is_written() -> None:
    schema = Raw(b'{"type":"object"}')
    asked = request(
        OWN,
        is_stream=True,
        previous_response_id="resp_0",
        tools=(Tool("f", parameters=schema, is_strict=False),),
        tool_choice=ToolChoice(ToolMode.NAMED, ("f",)),
        is_parallel=False,
        max_output_tokens=9,
        sampling=Sampling(0.5, 0.9, presence_penalty=1.0, frequency_penalty=0.5, has_logprobs=True, top_logprobs=3),
        format=OutputFormat(FormatKind.SCHEMA, schema, "n", "d", is_strict=True),
        reasoning=Reasoning("low", summary="auto", is_sealed=True),
        hints=Hints("u", Raw(b'{"k":"v"}'), "flex", "key", is_stored=False, verbosity="low"),
    )
    out = to_wire(asked, "m", Quirks())
    assert out.inexpressible == ()
    assert json.loads(out.body) == {
        **PLAIN,
        "stream": True,
        "previous_response_id": "resp_0",
        "tools": [{"type": "function", "name": "f", "strict": False, "parameters": {"type": "object"}}],
        "tool_choice": {"type": "function", "name": "f"},
        "parallel_tool_calls": False,
        "max_output_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": 1.0,
        "frequency_penalty": 0.5,
        "top_logprobs": 3,
        "include": ["message.output_text.logprobs", "reasoning.encrypted_content"],
        "text": {
            "format": {
                "type": "json_schema",
                "name": "n",
                "description": "d",
                "schema": {"type": "object"},
                "strict": True,
            },
            "verbosity": "low",
        },
        "reasoning": {"effort": "low", "summary": "auto"},
        "user": "u",
        "metadata": {"k": "v"},
        "service_tier": "flex",
        "prompt_cache_key": "key",
        "store": False,
    }


def test_what_has_no_member_is_named() -> None:
    sampling = Sampling(
        top_k=1, min_p=0.1, seed=1, stop=("x",), logit_bias=Raw(b"{}"), presence_penalty=1.0, frequency_penalty=1.0
    )
    lost = to_wire(request(sampling=sampling, choices=2), "m", Quirks()).inexpressible
    assert {one.what for one in lost} == {
        "choices",
        "sampling.frequency_penalty",
        "sampling.logit_bias",
        "sampling.min_p",
        "sampling.presence_penalty",
        "sampling.seed",
        "sampling.stop",
        "sampling.top_k",
    }
    assert not any(one.is_hint for one in lost)


@pytest.mark.parametrize(
    ("asked", "effort"),
    [
        (Reasoning("xhigh"), "xhigh"),
        (Reasoning(budget_tokens=2_000), "low"),
        (Reasoning(budget_tokens=31_999), "high"),
        (Reasoning(budget_tokens=0), "none"),
        (Reasoning(is_on=True), "medium"),
        (Reasoning(is_adaptive=True), "medium"),
        (Reasoning(is_on=False), "none"),
    ],
)
def test_thinking_is_asked_for_by_a_word(asked: Reasoning, effort: str) -> None:
    found = body(request(reasoning=asked))
    assert found["reasoning"] == {"effort": effort}
    assert ("include" in found) == (effort != "none")


def test_thoughts_that_shall_be_shown_are_shown_as_a_summary() -> None:
    assert body(request(reasoning=Reasoning("low", is_shown=True)))["reasoning"] == {"effort": "low", "summary": "auto"}


def test_asking_for_nothing_of_thinking_writes_nothing() -> None:
    assert body(request(OWN, reasoning=Reasoning())) == PLAIN


def test_extensions_return_to_where_they_were() -> None:
    extensions = (
        Extension("truncation", Raw(b'"auto"')),
        Extension("reasoning.mode", Raw(b'"pro"')),
        Extension("text.other", Raw(b"1")),
        Extension("include", Raw(b'["web_search_call.action.sources"]')),
        Extension("tool_choice", Raw(b'{"type":"web_search"}')),
        Extension("tools.f.defer_loading", Raw(b"true")),
    )
    assert body(request(OWN, extensions=extensions)) == {
        **PLAIN,
        "truncation": "auto",
        "reasoning": {"mode": "pro"},
        "text": {"other": 1},
        "include": ["web_search_call.action.sources"],
        "tool_choice": {"type": "web_search"},
    }


def test_extensions_of_another_form_are_named() -> None:
    extensions = (Extension("logit_x", Raw(b"1")), Extension("trace", Raw(b"1"), is_hint=True))
    lost = to_wire(request(extensions=extensions), "m", Quirks()).inexpressible
    assert [(one.what, one.is_hint) for one in lost] == [("extensions.logit_x", False), ("extensions.trace", True)]


def test_what_a_provider_refuses_is_left_out_and_named() -> None:
    hints = Hints("u", Raw(b"{}"), None, "key", is_stored=True, verbosity="low")
    asked = request(sampling=Sampling(0.5, 0.9), hints=hints)
    unknown = frozenset(
        {"sampling.top_p", "hints.metadata", "hints.is_stored", "hints.verbosity", "hints.service_tier"}
    )
    out = to_wire(asked, "m", Quirks(unknown=unknown))
    assert json.loads(out.body) == {**PLAIN, "temperature": 0.5, "user": "u", "prompt_cache_key": "key"}
    assert [(one.what, one.is_hint) for one in out.inexpressible] == [
        ("sampling.top_p", False),
        ("hints.is_stored", True),
        ("hints.metadata", True),
        ("hints.verbosity", True),
    ]


def test_users_and_tiers_of_other_forms_that_would_be_refused_are_hints() -> None:
    out = to_wire(request(hints=Hints("u" * 65, service_tier="standard_only")), "m", Quirks())
    assert json.loads(out.body) == {**PLAIN, "store": False}
    assert [(one.what, one.is_hint) for one in out.inexpressible] == [
        ("hints.user", True),
        ("hints.service_tier", True),
    ]


@pytest.mark.parametrize(
    ("format_", "written"),
    [
        (OutputFormat(FormatKind.TEXT), {"type": "text"}),
        (OutputFormat(FormatKind.JSON), {"type": "json_object"}),
        (OutputFormat(FormatKind.SCHEMA, Raw(b"{}")), {"type": "json_schema", "name": "answer", "schema": {}}),
    ],
)
def test_formats_are_written(format_: OutputFormat, written: object) -> None:
    assert body(request(format=format_))["text"] == {"format": written}


@pytest.mark.parametrize(("temperature", "top_p", "lost"), [(1.0, 0.95, 2), (0.5, 1.0, 1), (0.5, 0.5, 0)])
def test_models_that_reason_are_not_told_what_they_do_anyway(temperature: float, top_p: float, lost: int) -> None:
    asked = request(sampling=Sampling(temperature, top_p))
    out = to_wire(asked, "gpt-5-mini", Quirks())
    assert len(out.inexpressible) == lost
    assert len({"temperature", "top_p"} & json.loads(out.body).keys()) == 2 - lost
    assert to_wire(asked, "gpt-4.1", Quirks()).inexpressible == ()
    assert to_wire(asked, "gpt-5-chat-latest", Quirks()).inexpressible == ()
    assert to_wire(replace(asked, form=OWN), "gpt-5-mini", Quirks()).inexpressible == ()


def test_tools_of_free_text_and_their_calls_are_in_their_namespace() -> None:
    space = Namespace("n")
    calls = (ToolCall("1", "c", "text", is_custom=True), ToolCall("2", "f", "{}"))
    talk = (Message(Role.USER, (Text("hi"),)), Message(Role.ASSISTANT, calls))
    asked = request(messages=talk, tools=(CustomTool("c", namespace=space), Tool("f", namespace=space)))
    sent = json.loads(to_wire(asked, "m", Quirks()).body)
    (group,) = sent["tools"]
    assert (group["type"], [tool["name"] for tool in group["tools"]]) == ("namespace", ["c", "f"])
    written = [(item["type"], item["namespace"]) for item in sent["input"][1:]]
    assert written == [("custom_tool_call", "n"), ("function_call", "n")]
