import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.providers.output_schema import BOUNDS, OBJECT_BOUNDS, closed, object_schema


def test_a_schema_that_fits_keeps_every_byte() -> None:
    schema = Raw(b'{ "type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false }')
    assert closed(schema, BOUNDS) == (schema, ())


def test_objects_are_closed_and_bounds_left_out() -> None:
    schema = {
        "type": "object",
        "properties": {
            "minimum": {"type": "integer", "minimum": 1, "enum": [{"minimum": 1}]},
            "map": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}},
        },
        "$defs": {"D": {"type": "array", "items": {"type": "object"}}},
    }
    fit, left_out = closed(Raw(msgspec.json.encode(schema)), BOUNDS)
    assert left_out == ("minimum", "maxLength")
    assert msgspec.json.decode(fit) == {
        "type": "object",
        "properties": {
            "minimum": {"type": "integer", "enum": [{"minimum": 1}]},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "$defs": {"D": {"type": "array", "items": {"type": "object", "additionalProperties": False}}},
        "additionalProperties": False,
    }


def test_a_tool_without_a_schema_takes_nothing() -> None:
    nothing = {"type": "object", "properties": {}}
    assert msgspec.json.decode(object_schema(None)) == nothing
    assert msgspec.json.decode(object_schema(Raw(b"null"))) == nothing


def test_a_tools_schema_is_an_object_and_else_keeps_every_byte() -> None:
    schema = Raw(b'{ "type" : "object" }')
    assert object_schema(schema) == schema
    assert msgspec.json.decode(object_schema(Raw(b'{"properties":{}}'))) == {"properties": {}, "type": "object"}


@given(st.binary(max_size=40))
def test_junk_is_left_to_the_provider(junk: bytes) -> None:
    for text in (junk, b"[" * 100_000, b'{"a":' * 100_000):
        assert closed(Raw(text), BOUNDS)[1] == ()
        object_schema(Raw(text))


def test_what_is_unknown_differs_between_providers() -> None:
    schema = Raw(b'{"type":"object","minProperties":1,"default":{"type":"object"}}')
    assert closed(schema, BOUNDS)[1] == ()
    fit, left_out = closed(schema, BOUNDS | OBJECT_BOUNDS)
    assert left_out == ("minProperties",)
    assert msgspec.json.decode(fit) == {"type": "object", "default": {"type": "object"}, "additionalProperties": False}
