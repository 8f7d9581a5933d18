import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrowgate.providers.demo_schema import example

names = st.sampled_from(["type", "properties", "items", "anyOf", "allOf", "$ref", "enum", "minItems", "minLength", "a"])
words = st.sampled_from(["object", "array", "string", "integer", "null", "#", "#/properties/a", "#/$defs/x", "a"])
schemas = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "demo"),
        ({"type": "string", "minLength": 6}, "demooo"),
        ({"type": "string", "maxLength": 2}, "de"),
        ({"type": "string", "format": "date"}, "2026-01-01"),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "maximum": -2.5}, -3),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "multipleOf": 7}, 7),
        ({"type": "number"}, 1.0),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "integer"]}, 1),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": {"x": 1}}, {"x": 1}),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, 1),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3}, [1, 1, 1]),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": "a"}], "items": False}, [1, "a"]),
        ({"properties": {"a": {"type": "string"}}}, {"a": "demo"}),
        ({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}, {"a": 1, "b": 2}),
        (None, {}),
        ({}, {}),
        ({"type": "object", "properties": {"free": {}}}, {"free": "demo"}),
    ],
)
def test_an_example_fits_its_schema(schema: object, value: object) -> None:
    assert example(schema) == value


def test_references_are_followed() -> None:
    schema = {
        "$ref": "#/$defs/Person",
        "$defs": {
            "Person": {"type": "object", "properties": {"home": {"$ref": "#/$defs/a~1b"}}},
            "a/b": {"type": "object", "properties": {"street": {"type": "string"}}},
        },
    }
    assert example(schema) == {"home": {"street": "demo"}}


def test_a_recursive_schema_has_an_end() -> None:
    tree = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
            "children": {"type": "array", "items": {"$ref": "#"}},
        },
        "required": ["name", "next", "children"],
    }
    at = example(tree)
    assert len(json.dumps(at)) < 100_000
    while isinstance(at, dict):
        assert set(at) == {"name", "next", "children"}
        at = at["next"]
    assert at is None


def test_a_schema_that_multiplies_does_not() -> None:
    wide = {"type": "object", "properties": {f"p{n}": {"$ref": "#"} for n in range(100)}}
    wide["required"] = list(wide["properties"])
    assert len(json.dumps(example(wide))) < 100_000
    assert example({"$ref": "#"}) is None


@settings(max_examples=60)
@given(schemas)
def test_no_schema_is_too_odd(schema: object) -> None:
    json.dumps(example(schema))
