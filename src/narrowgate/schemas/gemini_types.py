"""Google's Schema type and JSON schema: one into the other, and whether the first can say the second.

Source: https://ai.google.dev/api/caching#Schema, https://spec.openapis.org/oas/v3.0.3#schema-object,
https://json-schema.org/draft/2020-12 (read 2026-11).
"""

import re
from typing import TypeGuard

import msgspec
from msgspec import Raw

from narrowgate.schemas.gemini_spelling import camel
from narrowgate.schemas.reading import read

_ANYTHING = msgspec.json.Decoder()
# What only Google writes: types in capitals, its own keywords, counts as text, snake_case.
_GOOGLE = re.compile(
    rb'"type"\s*:\s*"[A-Z]|"nullable"|"example"|"property_?[oO]rdering"|"format"\s*:\s*"enum"|"(?:ref|defs)"'
    rb'|"(?:any_of|additional_properties|prefix_items|(?:min|max)_(?:items|length|properties))"'
    rb'|"(?:min|max)(?:Items|Length|Properties)"\s*:\s*"'
)
_RESPELLED = frozenset(
    {"any_of", "additional_properties", "prefix_items", "property_ordering", "min_items", "max_items"}
    | {"min_length", "max_length", "min_properties", "max_properties"}
)
_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
_INNER = frozenset({"items", "additionalProperties"})
_LISTS = frozenset({"anyOf", "prefixItems"})
_NAMED = frozenset({"properties", "$defs"})
# The keywords every model and both services take in a Schema.
_PLAIN = _COUNTS | {
    *("type", "format", "title", "description", "nullable", "enum", "items", "properties", "required"),
    *("pattern", "example", "anyOf", "propertyOrdering", "default", "minimum", "maximum"),
}
_FORMATS = {
    "string": frozenset({"enum", "date-time"}),
    "integer": frozenset({"int32", "int64"}),
    "number": frozenset({"float", "double"}),
}
_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object"})


def json_schema_of(schema: Raw) -> Raw:
    """Return `schema`, which a client wrote in Google's Schema type, as JSON schema.

    What is JSON schema already comes back byte for byte.

    Raises:
        WireError: it is no JSON.
    """
    if _GOOGLE.search(bytes(schema)) is None:
        return schema
    return Raw(msgspec.json.encode(_translated(read(_ANYTHING, schema))))


def is_plain(schema: Raw) -> bool:
    """Whether `schema`, a JSON schema, can be said in Google's Schema type as it stands.

    Raises:
        WireError: it is no JSON.
    """
    if b'"$' in bytes(schema) or b'"additionalProperties"' in bytes(schema):
        return False
    return _is_plain(read(_ANYTHING, schema))


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _translated(schema: object) -> object:
    if not _is_object(schema):
        return schema
    made: dict[str, object] = {}
    is_nullable = False
    order: object = None
    for given, value in schema.items():
        name = {"ref": "$ref", "defs": "$defs"}.get(given) or (camel(given) if given in _RESPELLED else given)
        if name == "nullable":
            is_nullable = value is True
        elif name == "propertyOrdering":
            order = value
        elif name == "example":
            made["examples"] = [value]
        elif not (name == "format" and value == "enum") and value != "TYPE_UNSPECIFIED":
            made[name] = _member(name, value)
    properties = made.get("properties")
    if _is_object(properties) and _is_list(order):
        first = {name: properties[name] for name in order if isinstance(name, str) and name in properties}
        made["properties"] = {**first, **properties}
    return _nullable(made) if is_nullable else made


def _member(name: str, value: object) -> object:
    if name == "type" and isinstance(value, str):
        return value.lower()
    if name in _COUNTS and isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if name in _INNER:
        return _translated(value)
    if name in _LISTS and _is_list(value):
        return [_translated(item) for item in value]
    if name in _NAMED and _is_object(value):
        return {key: _translated(item) for key, item in value.items()}
    return value


def _nullable(made: dict[str, object]) -> dict[str, object]:
    kind, options, words = made.get("type"), made.get("anyOf"), made.get("enum")
    if _is_list(words):
        # The null has to be among the words too, and not every provider takes one there.
        beside: dict[str, object] = {
            name: made.pop(name) for name in ("title", "description", "default") if name in made
        }
        return {**beside, "anyOf": [made, {"type": "null"}]}
    if isinstance(kind, str):
        made["type"] = [kind, "null"]
    if _is_list(options):
        made["anyOf"] = [*options, {"type": "null"}]
    return made


def _is_plain(schema: object) -> bool:
    if not _is_object(schema) or not _PLAIN.issuperset(schema):
        return False
    kind, words, options = schema.get("type"), schema.get("enum"), schema.get("anyOf")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        if kind is not None or not options:
            return False
    elif "format" in schema and schema["format"] not in _FORMATS.get(kind.lower(), ()):
        return False
    if words is not None and not (
        kind == "string" and _is_list(words) and all(isinstance(word, str) for word in words)
    ):
        return False
    if kind == "array" and "items" not in schema:
        return False
    properties = schema.get("properties", {})
    inner = [schema["items"]] if "items" in schema else []
    if _is_list(options):
        inner += options
    return _is_object(properties) and all(map(_is_plain, inner)) and all(map(_is_plain, properties.values()))
