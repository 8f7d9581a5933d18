"""Google's Schema type becomes JSON schema; JSON schema stays, and is known when Google's type cannot say it."""

import json

import pytest
from msgspec import Raw

from narrowgate.schemas.gemini_types import is_plain, json_schema_of


def translated(schema: object) -> object:
    return json.loads(bytes(json_schema_of(Raw(json.dumps(schema).encode()))))


def test_json_schema_comes_back_byte_for_byte() -> None:
    schema = Raw(b'{ "type" : "object", "properties": {"a": {"type": "string"}} }')
    assert json_schema_of(schema) is schema


def test_types_are_written_small_at_every_level() -> None:
    given = {"type": "OBJECT", "properties": {"a": {"type": "ARRAY", "items": {"type": "STRING"}}}}
    assert translated(given) == {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "string"}}},
    }


def test_nullable_is_a_second_type() -> None:
    assert translated({"type": "STRING", "nullable": True}) == {"type": ["string", "null"]}
    assert translated({"type": "STRING", "nullable": False}) == {"type": "string"}


def test_a_nullable_choice_of_words_is_a_choice_of_two() -> None:
    found = translated({"type": "STRING", "enum": ["a"], "nullable": True, "description": "d"})
    assert found == {"description": "d", "anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}


def test_properties_are_put_in_the_order_asked_for() -> None:
    given = {"type": "OBJECT", "properties": {"a": {}, "b": {}}, "property_ordering": ["b", "a"]}
    assert list(json.loads(json.dumps(translated(given)))["properties"]) == ["b", "a"]


def test_counts_written_as_text_are_numbers() -> None:
    assert translated({"type": "ARRAY", "minItems": "2", "max_items": 3}) == {
        "type": "array",
        "minItems": 2,
        "maxItems": 3,
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {}},
        {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}, "required": ["a"]},
        {"anyOf": [{"type": "string"}, {"type": "integer", "format": "int32"}]},
    ],
)
def test_what_both_can_say_is_plain(schema: object) -> None:
    assert is_plain(Raw(json.dumps(schema).encode()))


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": ["string", "null"]},
        {"type": "object", "additionalProperties": False},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}},
        {"type": "string", "format": "email"},
        {"type": "integer", "enum": [1]},
        {"type": "array"},
        {"type": "object", "properties": {"a": {"const": 1}}},
    ],
)
def test_what_googles_type_cannot_say_is_not_plain(schema: object) -> None:
    assert not is_plain(Raw(json.dumps(schema).encode()))
