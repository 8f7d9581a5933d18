import json

import msgspec
import pytest
from msgspec import Raw

from narrowgate.dialects.openai_responses.tools import in_namespace, read_choice, read_tools, show_choice, show_tools
from narrowgate.model.conversation import (
    AnyTool,
    CustomTool,
    Extension,
    ForeignTool,
    Form,
    Namespace,
    Request,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
)
from narrowgate.wire.errors import WireError

OWN = Form.OPENAI_RESPONSES


def raw(value: object) -> Raw:
    return Raw(json.dumps(value).encode())


def read(*tools: Raw) -> tuple[tuple[AnyTool, ...], list[Extension]]:
    return read_tools({"tools": [*tools]})


def function(name: str, **members: object) -> dict[str, object]:
    return {"type": "function", "name": name, **members}


def test_functions_keep_their_schema_byte_for_byte() -> None:
    schema = b'{"type": "object",  "x": 1.0}'
    tools, extensions = read(Raw(b'{"type":"function","name":"f","strict":true,"parameters":' + schema + b"}"))
    assert tools == (Tool("f", None, Raw(schema), is_strict=True),)
    assert extensions == []


def test_members_only_this_form_knows_are_hints() -> None:
    _, extensions = read(raw(function("f", defer_loading=True, output_schema=None)))
    assert extensions == [Extension("tools.f.defer_loading", Raw(b"true"), is_hint=True)]


def test_custom_tools_and_those_of_the_provider_are_read() -> None:
    tools, _ = read(raw({"type": "custom", "name": "c", "format": {"type": "text"}}), raw({"type": "web_search"}))
    assert tools[0] == CustomTool("c", None, raw({"type": "text"}))
    assert isinstance(tools[1], ForeignTool)
    assert (tools[1].form, tools[1].kind) == (OWN, "web_search")


def test_tools_of_a_namespace_stand_among_the_others_with_names_of_their_own() -> None:
    groups = [
        raw({"type": "namespace", "name": n, "description": "d", "tools": [function("f")]}) for n in ("one", "two")
    ]
    tools, _ = read(*groups)
    assert tools == (Tool("f", namespace=Namespace("one", "d")), Tool("two__f", namespace=Namespace("two", "d")))


def test_a_namespace_may_hold_tools_of_free_text() -> None:
    group = raw({"type": "namespace", "name": "n", "tools": [{"type": "custom", "name": "c"}, function("f")]})
    tools, _ = read(group)
    assert tools == (CustomTool("c", namespace=Namespace("n")), Tool("f", namespace=Namespace("n")))


def test_tools_are_named_by_where_they_stand() -> None:
    with pytest.raises(WireError) as caught:
        read_tools({"tools": [], "input[2].tools": [raw({"type": "custom"})]})
    assert caught.value.path == "input[2].tools[0].name"


@pytest.mark.parametrize("tools", [[], [{"type": "web_search"}]])
def test_a_namespace_of_other_things_passes_as_it_is(tools: list[object]) -> None:
    (tool,), _ = read(raw({"type": "namespace", "name": "n", "tools": tools}))
    assert isinstance(tool, ForeignTool)


def test_a_call_is_shown_under_the_name_in_its_namespace() -> None:
    tools = {"two__f": Tool("two__f", namespace=Namespace("two"))}
    assert in_namespace(ToolCall("1", "two__f", ""), tools) == ToolCall("1", "f", "", namespace="two")
    assert in_namespace(ToolCall("1", "g", ""), tools) == ToolCall("1", "g", "")


@pytest.mark.parametrize(
    ("tool", "path"),
    [
        ({"type": "function"}, "tools[0].name"),
        ({"type": "function", "name": 3}, "tools[0].name"),
        (3, "tools[0]"),
        ({"type": "namespace", "name": "n", "tools": [{"type": "function"}]}, "tools[0].tools[0].name"),
    ],
)
def test_a_tool_that_is_none_is_named(tool: object, path: str) -> None:
    with pytest.raises(WireError) as caught:
        read(raw(tool))
    assert caught.value.path == path


ALLOWED = {"type": "allowed_tools", "mode": "required", "tools": [function("f")]}


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ("auto", ToolChoice(ToolMode.AUTO)),
        ("none", ToolChoice(ToolMode.NONE)),
        ("required", ToolChoice(ToolMode.REQUIRED)),
        (function("f"), ToolChoice(ToolMode.NAMED, ("f",))),
        ({"type": "custom", "name": "c"}, ToolChoice(ToolMode.NAMED, ("c",))),
        (ALLOWED, ToolChoice(ToolMode.REQUIRED, ("f",))),
        ({"type": "web_search"}, None),
        ({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "web_search"}]}, None),
    ],
)
def test_the_choice_is_read_and_shown_again(written: object, choice: ToolChoice | None) -> None:
    assert read_choice(raw(written)) == choice
    if choice is not None:
        request = Request(OWN, "m", (), (Tool("f"), CustomTool("c")), choice)
        assert json.loads(msgspec.json.encode(show_choice(request))) == written


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("any", "tool_choice"),
        ({"type": "function"}, "tool_choice.name"),
        ({"type": "allowed_tools", "mode": "any", "tools": []}, "tool_choice.mode"),
        (3, "tool_choice"),
    ],
)
def test_a_choice_that_is_none_is_named(written: object, path: str) -> None:
    with pytest.raises(WireError) as caught:
        read_choice(raw(written))
    assert caught.value.path == path


def test_tools_are_shown_with_all_members_the_sdks_require() -> None:
    foreign = ForeignTool(OWN, "web_search", raw({"type": "web_search"}))
    shown = show_tools(Request(OWN, "m", (), (Tool("f"), CustomTool("c"), foreign)))
    assert [json.loads(bytes(one)) for one in shown] == [
        {"type": "function", "name": "f", "description": None, "parameters": None, "strict": None},
        {"type": "custom", "name": "c"},
        {"type": "web_search"},
    ]
