"""The tools a Gemini client offers.

Source: https://ai.google.dev/api/caching#Tool (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.dialects.asking import read_part, wrong
from narrowgate.model.conversation import AnyTool, ForeignTool, Form, Tool
from narrowgate.schemas.gemini_generate import FunctionDeclaration
from narrowgate.schemas.gemini_types import json_schema_of
from narrowgate.schemas.gemini_words import given

_DECLARATIONS = msgspec.json.Decoder(list[FunctionDeclaration])
_FUNCTIONS = "functionDeclarations"


def tools_of(groups: list[dict[str, Raw]] | dict[str, Raw] | None) -> tuple[AnyTool, ...]:
    """Return the tools in `groups`, each of which may hold several of one or more kinds.

    Raises:
        Failed: BAD_REQUEST; one is not what Google documents, with the path.
    """
    found: list[AnyTool] = []
    for number, group in enumerate([groups] if isinstance(groups, dict) else groups or ()):
        for kind, raw in group.items():
            if given(raw) is None:
                continue
            path = f"tools[{number}].{kind}"
            if kind == _FUNCTIONS:
                declared = read_part(_DECLARATIONS, raw, path)
                found += [_tool(one, f"{path}[{place}]") for place, one in enumerate(declared)]
            else:
                found.append(ForeignTool(Form.GEMINI_GENERATE, kind, Raw(msgspec.json.encode({kind: raw}))))
    return tuple(found)


def _tool(declared: FunctionDeclaration, path: str) -> Tool:
    if not declared.name:
        raise wrong(f"{path}.name", "a function needs a name")
    for member in (declared.parameters_json_schema, declared.parameters):
        schema = given(member)
        if schema is not None:
            return Tool(declared.name, declared.description, json_schema_of(schema))
    return Tool(declared.name, declared.description)
