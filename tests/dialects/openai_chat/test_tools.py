"""Tools and the choice among them are read."""

import msgspec
import pytest

from narrowgate.model.conversation import (
    CacheMark,
    CustomTool,
    Extension,
    ForeignTool,
    Form,
    Tool,
    ToolChoice,
    ToolMode,
)
from tests.dialects.openai_chat.asking import Json, asked, refused

FUNCTION: Json = {"name": "f", "description": "d", "parameters": {"a": 1}, "strict": True}
SCHEMA = msgspec.Raw(b'{"a": 1}')
NAMED = ToolChoice(ToolMode.NAMED, ("f",))


@pytest.mark.parametrize(
    ("written", "tool"),
    [
        ({"type": "function", "function": FUNCTION}, Tool("f", "d", SCHEMA, is_strict=True)),
        ({"function": FUNCTION}, Tool("f", "d", SCHEMA, is_strict=True)),
        ({"type": "function", **FUNCTION}, Tool("f", "d", SCHEMA, is_strict=True)),
        (
            {"type": "function", "function": {"name": "f"}, "cache_control": {"type": "ephemeral"}},
            Tool("f", cache=CacheMark()),
        ),
        ({"type": "custom", "custom": {"name": "c", "format": {"a": 1}}}, CustomTool("c", None, SCHEMA)),
        ({"type": "web"}, ForeignTool(Form.OPENAI_CHAT, "web", msgspec.Raw(b'{"type": "web"}'))),
    ],
)
def test_a_tool_is_read(written: Json, tool: Tool) -> None:
    assert asked(tools=[written]).tools == (tool,)


def test_members_only_some_know_ride_along() -> None:
    request = asked(tools=[{"type": "function", "odd": 1, "function": {"name": "f", "more": 2}}])
    assert request.extensions == (
        Extension("tools[0].function.more", msgspec.Raw(b"2"), is_hint=True),
        Extension("tools[0].odd", msgspec.Raw(b"1"), is_hint=True),
    )


@pytest.mark.parametrize(
    ("written", "choice"),
    [
        ("auto", ToolChoice(ToolMode.AUTO)),
        ("none", ToolChoice(ToolMode.NONE)),
        ("required", ToolChoice(ToolMode.REQUIRED)),
        ("any", ToolChoice(ToolMode.REQUIRED)),
        ("f", NAMED),
        ({"type": "function", "function": {"name": "f"}}, NAMED),
        ({"function": {"name": "f"}}, NAMED),
        ({"type": "custom", "custom": {"name": "f"}}, NAMED),
        ({"type": "tool", "name": "f"}, NAMED),
        ({"type": "any"}, ToolChoice(ToolMode.REQUIRED)),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"function": {"name": "f"}}]}},
            ToolChoice(ToolMode.REQUIRED, ("f",)),
        ),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "web"}]}},
            ToolChoice(ToolMode.AUTO, ("web",)),
        ),
    ],
)
def test_the_choice_is_read(written: object, choice: ToolChoice) -> None:
    assert asked(tools=[{"type": "function", "function": FUNCTION}], tool_choice=written).tool_choice == choice


def test_an_old_choice_names_a_function() -> None:
    assert asked(functions=[FUNCTION], function_call={"name": "f"}).tool_choice == NAMED


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function"),
        ({"tools": [7]}, "tools[0]"),
        ({"tool_choice": "sometimes"}, "tool_choice"),
        ({"tool_choice": {"type": "sometimes"}}, "tool_choice.type"),
        ({"functions": [FUNCTION], "function_call": "sometimes"}, "function_call"),
    ],
)
def test_what_is_wrong_is_named(members: Json, path: str) -> None:
    assert refused(**members).param == path
