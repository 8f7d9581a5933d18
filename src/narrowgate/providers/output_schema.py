"""Make schemas fit for providers whose structured output takes less of JSON schema than others.

Sources: https://platform.claude.com/docs/en/build-with-claude/structured-outputs,
https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html (read 2026-11).
"""

import msgspec

_SCHEMA = msgspec.json.Decoder(dict[str, object])
# Refused with 400; a model that sees them in no grammar still sees the description.
BOUNDS = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "maxItems",
        "uniqueItems",
    }
)
OBJECT_BOUNDS = frozenset({"minProperties", "maxProperties"})
NO_ARGUMENTS = msgspec.Raw(b'{"type":"object","properties":{}}')
_VALUES = frozenset({"enum", "const", "default", "examples"})
_NAMED_SCHEMAS = ("properties", "$defs", "definitions", "patternProperties")


def closed(schema: msgspec.Raw, unknown: frozenset[str]) -> tuple[msgspec.Raw, tuple[str, ...]]:
    """Return `schema` with its objects closed and without keywords that are `unknown`, and those left out.

    What is no JSON object, or nested too deep, is returned as it is: the provider says it best.
    """
    try:
        document = _SCHEMA.decode(schema)
        left_out: dict[str, None] = {}
        fit = _closed(document, unknown, left_out)
    except (msgspec.DecodeError, RecursionError):
        return schema, ()
    if fit == document:
        return schema, ()
    return msgspec.Raw(msgspec.json.encode(fit)), tuple(left_out)


def object_schema(schema: msgspec.Raw | None) -> msgspec.Raw:
    """Return a tool's schema with the type `object` that providers ask for, else byte for byte."""
    if schema is None or bytes(schema) == b"null":
        return NO_ARGUMENTS
    try:
        document = _SCHEMA.decode(schema)
    except (msgspec.DecodeError, RecursionError):
        return schema
    if document.get("type") == "object":
        return schema
    return msgspec.Raw(msgspec.json.encode({**document, "type": "object"}))


def _closed(schema: object, unknown: frozenset[str], left_out: dict[str, None]) -> object:
    if isinstance(schema, list):
        return [_closed(item, unknown, left_out) for item in schema]
    if not isinstance(schema, dict):
        return schema
    fit: dict[str, object] = {}
    for name, value in schema.items():
        if name in unknown:
            left_out[name] = None
        elif name in _NAMED_SCHEMAS and isinstance(value, dict):
            fit[name] = {key: _closed(inner, unknown, left_out) for key, inner in value.items()}
        elif name in _VALUES:
            fit[name] = value
        else:
            fit[name] = _closed(value, unknown, left_out)
    if fit.get("type") == "object" or "properties" in fit:
        fit.setdefault("additionalProperties", False)
    return fit
