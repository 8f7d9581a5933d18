"""Tools are read out of their groups."""

from msgspec import Raw

from narrowgate.dialects.gemini_generate.tools import tools_of
from narrowgate.model.conversation import ForeignTool, Tool


def test_each_member_of_a_group_is_a_tool() -> None:
    schema = Raw(b'{"type":  "object"}')
    declared = Raw(b'[{"name":"f","description":"d","parametersJsonSchema":%b},{"name":"g"}]' % bytes(schema))
    one, two, three = tools_of(
        [{"functionDeclarations": declared, "codeExecution": Raw(b"null")}, {"googleSearch": Raw(b'{"a":1}')}]
    )
    assert isinstance(one, Tool)
    assert one.parameters is not None
    assert (one.name, one.description, bytes(one.parameters)) == ("f", "d", bytes(schema))
    assert two == Tool("g")
    assert isinstance(three, ForeignTool)
    assert (three.kind, bytes(three.raw)) == ("googleSearch", b'{"googleSearch":{"a":1}}')


def test_googles_types_become_json_schema() -> None:
    (found,) = tools_of({"functionDeclarations": Raw(b'[{"name":"f","parameters":{"type":"OBJECT"}}]')})
    assert isinstance(found, Tool)
    assert found.parameters is not None
    assert bytes(found.parameters) == b'{"type":"object"}'


def test_no_tools_are_none() -> None:
    assert tools_of(None) == ()
