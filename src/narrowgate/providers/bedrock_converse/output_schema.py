"""Make schemas fit for structured output on Bedrock: objects closed, bounds left out.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html (read 2026-11).
"""

import msgspec

_SCHEMA = msgspec.json.Decoder(dict[str, object])
_BOUNDS = frozenset(
    [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "maxItems",
        "uniqueItems",
    ]
)
_BY_NAME = frozenset({"properties", "$defs", "definitions"})
_VALUES = frozenset({"enum", "const", "default", "examples"})


def fitted(schema: msgspec.Raw) -> tuple[msgspec.Raw, tuple[str, ...]]:
    """Return `schema` as Bedrock takes it, and the keywords that were left out.

    What is no JSON object, or nested too deep, is returned as it is: the provider says it best.
    """
    left_out: dict[str, None] = {}
    try:
        document = _SCHEMA.decode(schema)
        fit = _fitted(document, left_out)
    except (msgspec.DecodeError, RecursionError):
        return schema, ()
    return (schema if fit == document else msgspec.Raw(msgspec.json.encode(fit))), tuple(left_out)


def _fitted(schema: object, left_out: dict[str, None]) -> object:
    if isinstance(schema, list):
        return [_fitted(item, left_out) for item in schema]
    if not isinstance(schema, dict):
        return schema
    fit: dict[str, object] = {}
    for name, value in schema.items():
        if name in _BOUNDS:
            left_out[name] = None
        elif name in _BY_NAME and isinstance(value, dict):
            fit[name] = {key: _fitted(inner, left_out) for key, inner in value.items()}
        else:
            fit[name] = value if name in _VALUES else _fitted(value, left_out)
    if fit.get("type") == "object" or "properties" in fit:
        fit.setdefault("additionalProperties", False)
    return fit
