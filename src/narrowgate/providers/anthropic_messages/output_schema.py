"""Make schemas fit for Anthropic's structured output, which takes less of JSON schema than others.

Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs (read 2026-11).
"""

import msgspec

_SCHEMA = msgspec.json.Decoder(dict[str, object])
# Refused with 400; a model that sees them in no grammar still sees the description.
_UNKNOWN = frozenset(
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
        "minProperties",
        "maxProperties",
    }
)
_NAMED_SCHEMAS = ("properties", "$defs", "definitions", "patternProperties")


def closed(schema: msgspec.Raw) -> tuple[msgspec.Raw, tuple[str, ...]]:
    """Return `schema` with its objects closed and without bounds, and the keywords that were left out.

    What is no JSON object, or nested too deep, is returned as it is: the provider says it best.
    """
    try:
        document = _SCHEMA.decode(schema)
        left_out: dict[str, None] = {}
        fit = _closed(document, left_out)
    except (msgspec.DecodeError, RecursionError):
        return schema, ()
    if fit == document:
        return schema, ()
    return msgspec.Raw(msgspec.json.encode(fit)), tuple(left_out)


def object_schema(schema: msgspec.Raw | None) -> msgspec.Raw:
    """Return a tool's schema with the type `object` that Anthropic asks for, else byte for byte."""
    if schema is None or bytes(schema) == b"null":
        return msgspec.Raw(b'{"type":"object","properties":{}}')
    try:
        document = _SCHEMA.decode(schema)
    except (msgspec.DecodeError, RecursionError):
        return schema
    if document.get("type") == "object":
        return schema
    return msgspec.Raw(msgspec.json.encode({**document, "type": "object"}))


def _closed(schema: object, left_out: dict[str, None]) -> object:
    if isinstance(schema, list):
        return [_closed(item, left_out) for item in schema]
    if not isinstance(schema, dict):
        return schema
    fit: dict[str, object] = {}
    for name, value in schema.items():
        if name in _UNKNOWN:
            left_out[name] = None
        elif name in _NAMED_SCHEMAS and isinstance(value, dict):
            fit[name] = {key: _closed(inner, left_out) for key, inner in value.items()}
        elif name in {"enum", "const", "default", "examples"}:
            fit[name] = value
        else:
            fit[name] = _closed(value, left_out)
    if fit.get("type") == "object" or "properties" in fit:
        fit.setdefault("additionalProperties", False)
    return fit
