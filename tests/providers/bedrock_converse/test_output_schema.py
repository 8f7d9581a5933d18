import msgspec
from msgspec import Raw

from narrowgate.providers.bedrock_converse.output_schema import fitted


def test_objects_are_closed_and_bounds_left_out() -> None:
    schema = Raw(
        b'{"type":"object","properties":{"minimum":{"type":"integer","minimum":1},'
        b'"b":{"anyOf":[{"type":"object"}],"default":{"type":"object"}}}}'
    )
    fit, left_out = fitted(schema)
    assert msgspec.json.decode(fit) == {
        "type": "object",
        "properties": {
            "minimum": {"type": "integer"},
            "b": {"anyOf": [{"type": "object", "additionalProperties": False}], "default": {"type": "object"}},
        },
        "additionalProperties": False,
    }
    assert left_out == ("minimum",)


def test_a_fit_schema_stays_byte_for_byte() -> None:
    schema = Raw(b'{ "type" : "object", "additionalProperties": false }')
    assert fitted(schema) == (schema, ())


def test_what_is_no_schema_is_for_the_provider_to_judge() -> None:
    for text in (b"[]", b"1", b'{"a":' * 2_000 + b"1" + b"}" * 2_000):
        assert fitted(Raw(text)) == (Raw(text), ())
