import json

import pytest
from msgspec import Raw

from narrowgate.model.conversation import (
    AnyTool,
    CacheMark,
    CustomTool,
    Extension,
    ForeignTool,
    Form,
    Inexpressible,
    Namespace,
    Request,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.providers.openai_responses.tools import ToolWriter

OWN, CHAT = Form.OPENAI_RESPONSES, Form.OPENAI_CHAT
SCHEMA = Raw(b'{"type": "object",  "properties": {}}')


def written(*tools: AnyTool, form: Form = CHAT, extensions: tuple[Extension, ...] = ()) -> tuple[list[object], object]:
    lost: list[Inexpressible] = []
    raws = ToolWriter(Request(form, "m", (), tools, extensions=extensions), lost).tools()
    return [json.loads(bytes(raw)) for raw in raws], lost


def test_a_function_of_another_form_is_not_strict_unless_it_says_so() -> None:
    (tool,), _ = written(Tool("f", "does", SCHEMA))
    assert tool == {
        "type": "function",
        "name": "f",
        "description": "does",
        "strict": False,
        "parameters": {"type": "object", "properties": {}},
    }
    (tool,), _ = written(Tool("f", parameters=SCHEMA, is_strict=True))
    assert isinstance(tool, dict)
    assert tool["strict"] is True


def test_schemas_are_sent_byte_for_byte() -> None:
    (raw,) = ToolWriter(Request(CHAT, "m", (), (Tool("f", parameters=SCHEMA),)), []).tools()
    assert bytes(SCHEMA) in bytes(raw)


def test_a_tool_without_parameters_takes_an_empty_object() -> None:
    (tool,), _ = written(Tool("f"))
    assert isinstance(tool, dict)
    assert tool["parameters"] == {"type": "object", "properties": {}}


def test_the_grammar_of_chat_is_one_level_higher_here() -> None:
    grammar = Raw(b'{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}')
    (tool,), _ = written(CustomTool("c", "does", grammar))
    format_ = {"type": "grammar", "syntax": "lark", "definition": "x"}
    assert tool == {"type": "custom", "name": "c", "description": "does", "format": format_}


def test_tools_of_other_apis_have_no_place() -> None:
    tools, lost = written(ForeignTool(Form.ANTHROPIC_MESSAGES, "bash_20250124", Raw(b"{}")))
    assert tools == []
    assert lost == [Inexpressible("tools[0]", "'bash_20250124' is a tool of another API")]


def test_cache_marks_are_noted_as_hints() -> None:
    _, lost = written(Tool("f", cache=CacheMark()))
    assert lost == [Inexpressible("tools[0].cache", "the Responses API caches by itself", is_hint=True)]


def test_tools_of_a_namespace_are_together_in_it_under_their_own_names() -> None:
    first, second = Namespace("n", "tools of n"), Namespace("o")
    tools, _ = written(
        Tool("f", namespace=first), Tool("g", namespace=first), Tool("o__f", namespace=second), Tool("h")
    )
    names = [
        (tool["name"], [inner["name"] for inner in tool.get("tools", [])]) for tool in tools if isinstance(tool, dict)
    ]
    assert names == [("n", ["f", "g"]), ("o", ["f"]), ("h", [])]


def test_members_only_this_form_knows_return_to_their_tool() -> None:
    extension = Extension("tools.f.defer_loading", Raw(b"true"), is_hint=True)
    (tool,), _ = written(Tool("f"), form=OWN, extensions=(extension,))
    assert tool == {"type": "function", "name": "f", "parameters": None, "defer_loading": True}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ToolChoice(ToolMode.AUTO), "auto"),
        (ToolChoice(ToolMode.NONE), "none"),
        (ToolChoice(ToolMode.REQUIRED), "required"),
        (ToolChoice(ToolMode.NAMED), "required"),
        (ToolChoice(ToolMode.NAMED, ("f",)), {"type": "function", "name": "f"}),
        (ToolChoice(ToolMode.NAMED, ("c",)), {"type": "custom", "name": "c"}),
        (
            ToolChoice(ToolMode.REQUIRED, ("f",)),
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]},
        ),
    ],
)
def test_the_choice_is_written(choice: ToolChoice, expected: object) -> None:
    writer = ToolWriter(Request(CHAT, "m", (), (Tool("f"), CustomTool("c"))), [])
    assert json.loads(bytes(writer.choice(choice))) == expected
