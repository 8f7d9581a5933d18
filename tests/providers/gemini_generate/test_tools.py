"""Tools reach Gemini, with schemas byte for byte."""

import pytest
from msgspec import Raw
from msgspec.structs import replace

from narrowgate.model.conversation import (
    CacheMark,
    CustomTool,
    ForeignTool,
    Form,
    FormatKind,
    OutputFormat,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.providers.gemini_generate.tools import calling_of, format_of, tools_of
from narrowgate.schemas.gemini_generate import FunctionCallingConfig
from tests.providers.gemini_generate.sent import asked, lost

PLAIN = Raw(b'{"type":  "object", "properties": {"a": {"type": "string"}}}')
FULL = Raw(b'{"type": "object",  "additionalProperties": false}')


def test_a_schema_is_sent_under_the_name_that_can_say_it() -> None:
    tools = (Tool("f", "d", PLAIN), Tool("g", None, FULL), Tool("h", None, Raw(b"{}")))
    (found,) = tools_of(replace(asked(), tools=tools), [])
    assert bytes(found) == (
        b'{"functionDeclarations":[{"name":"f","description":"d","parameters":%b},'
        b'{"name":"g","parametersJsonSchema":%b},{"name":"h"}]}' % (bytes(PLAIN), bytes(FULL))
    )


def test_other_tools_are_geminis_own_or_have_no_place() -> None:
    own = ForeignTool(Form.GEMINI_GENERATE, "googleSearch", Raw(b'{"googleSearch":{}}'))
    other = ForeignTool(Form.OPENAI_RESPONSES, "web_search", Raw(b"{}"))
    request = replace(asked(), tools=(own, other, CustomTool("c"), Tool("f", cache=CacheMark())))
    assert bytes(tools_of(request, [])[1]) == b'{"googleSearch":{}}'
    assert lost(request) == {"tools[1]": False, "tools[2]": False, "tools[3].cache": True}


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        (None, None),
        (ToolChoice(ToolMode.AUTO), FunctionCallingConfig("AUTO")),
        (ToolChoice(ToolMode.AUTO, ("f",)), FunctionCallingConfig("VALIDATED", ["f"])),
        (ToolChoice(ToolMode.REQUIRED), FunctionCallingConfig("ANY")),
        (ToolChoice(ToolMode.NAMED, ("f",)), FunctionCallingConfig("ANY", ["f"])),
        (ToolChoice(ToolMode.NONE), FunctionCallingConfig("NONE")),
    ],
)
def test_whether_tools_are_called_is_told(choice: ToolChoice | None, config: FunctionCallingConfig | None) -> None:
    assert calling_of(replace(asked(), tools=(Tool("f"),), tool_choice=choice), []) == config


def test_nothing_is_told_about_tools_there_are_not() -> None:
    assert calling_of(replace(asked(), tool_choice=ToolChoice(ToolMode.NONE), is_parallel=False), []) is None


def test_calls_at_once_cannot_be_forbidden() -> None:
    assert lost(replace(asked(), tools=(Tool("f"),), is_parallel=False)) == {"is_parallel": False}


def test_the_format_of_the_answer_is_told() -> None:
    kind = "application/json"
    assert format_of(OutputFormat(FormatKind.TEXT), []) == {"responseMimeType": "text/plain"}
    assert format_of(OutputFormat(FormatKind.JSON), []) == {"responseMimeType": kind}
    assert format_of(OutputFormat(FormatKind.SCHEMA, PLAIN), []) == {"responseMimeType": kind, "responseSchema": PLAIN}
    assert format_of(OutputFormat(FormatKind.SCHEMA, FULL, description="d"), []) == {
        "responseMimeType": kind,
        "responseJsonSchema": FULL,
    }
