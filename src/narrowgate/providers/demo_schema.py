"""Values that fit a JSON schema, for structured answers and tool calls of the demo provider.

Source: https://json-schema.org/draft/2020-12/json-schema-validation (read 2026-11).
"""

from collections.abc import Iterable

# A schema may be recursive and is a stranger's: how deep and how large an example gets.
_DEEPEST = 8
_MOST_VALUES = 2_000
_MOST_ITEMS = 16
_LONGEST = 256
_TEXTS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "duration": "PT1S",
    "email": "demo@example.com",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "time": "00:00:00Z",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: object) -> object:
    """Return a value that fits `schema`, by its usual keywords; patterns and conditions are not looked at."""
    return _Maker(schema).value(schema, 0)


class _Maker:
    """Makes one example; counts its values."""

    def __init__(self, root: object) -> None:
        self._root = root
        self._left = _MOST_VALUES

    def value(self, given: object, depth: int) -> object:
        """Return a value for a schema at `depth`."""
        self._left -= 1
        schema = self._resolved(given)
        if not schema:
            return {} if depth == 0 else "demo"
        if "const" in schema:
            return schema["const"]
        choices = schema.get("enum")
        if isinstance(choices, list) and choices:
            return choices[0]
        options = schema.get("anyOf") or schema.get("oneOf")
        if isinstance(options, list) and options:
            return self.value(self._option(options, depth), depth + 1)
        return self._by_type(schema, depth)

    def _by_type(self, schema: dict[str, object], depth: int) -> object:
        match _type_of(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "integer":
                return _number(schema)
            case "number":
                return float(_number(schema))
            case "boolean":
                return True
            case "string":
                return _text(schema)
            case _:
                return None

    def _object(self, schema: dict[str, object], depth: int) -> dict[str, object]:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return {}
        required = schema.get("required")
        wanted: Iterable[str] = properties
        if self._is_enough(depth):
            wanted = [name for name in properties if isinstance(required, list) and name in required]
        made: dict[str, object] = {}
        for name in wanted:
            # Past all bounds even what is required stays out: no value would be the last.
            if self._left <= 0 or depth > 2 * _DEEPEST:
                break
            made[name] = self.value(properties[name], depth + 1)
        return made

    def _array(self, schema: dict[str, object], depth: int) -> list[object]:
        first = schema.get("prefixItems")
        items = list(first[:_MOST_ITEMS]) if isinstance(first, list) else []
        fewest = schema.get("minItems")
        wanted = fewest if isinstance(fewest, int) else int(not self._is_enough(depth))
        if "items" in schema and schema["items"] is not False:
            items += [schema["items"]] * (min(wanted, _MOST_ITEMS) - len(items))
        if depth > 2 * _DEEPEST:
            return []
        return [self.value(item, depth + 1) for item in items if self._left > 0]

    def _option(self, options: list[object], depth: int) -> object:
        if self._is_enough(depth):
            nothing = [option for option in options if isinstance(option, dict) and option.get("type") == "null"]
            return (nothing or options)[0]
        return options[0]

    def _is_enough(self, depth: int) -> bool:
        return depth > _DEEPEST or self._left <= 0

    def _resolved(self, given: object) -> dict[str, object]:
        """Return a schema with its references followed and its `allOf` joined."""
        schema: dict[str, object] = given if isinstance(given, dict) else {}
        for _ in range(_DEEPEST):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            schema = self._at(reference)
        parts = schema.get("allOf")
        if not isinstance(parts, list):
            return schema
        joined: dict[str, object] = {name: value for name, value in schema.items() if name != "allOf"}
        for part in parts[:_MOST_ITEMS]:
            found = self._at(str(part["$ref"])) if isinstance(part, dict) and "$ref" in part else part
            if isinstance(found, dict):
                joined = _joined(joined, found)
        return joined

    def _at(self, reference: str) -> dict[str, object]:
        at = self._root
        for step in reference.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            at = at.get(name) if isinstance(at, dict) else None
        return at if isinstance(at, dict) else {}


def _joined(first: dict[str, object], second: dict[str, object]) -> dict[str, object]:
    joined = first | second
    one, other = first.get("properties"), second.get("properties")
    if isinstance(one, dict) and isinstance(other, dict):
        joined["properties"] = one | other
    return joined


def _type_of(schema: dict[str, object]) -> object:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind is None and "properties" in schema:
        return "object"
    if kind is None and ("items" in schema or "prefixItems" in schema):
        return "array"
    return kind


def _number(schema: dict[str, object]) -> int:
    """Return a whole number within the bounds, as near to 1 as they let it be."""
    least, most = _bound(schema, "minimum", "exclusiveMinimum", 1), _bound(schema, "maximum", "exclusiveMaximum", -1)
    found = 1 if least is None else max(1, least)
    if most is not None:
        found = min(found, most)
    step = schema.get("multipleOf")
    if isinstance(step, int) and step > 1:
        found = -(-found // step) * step
    return found


def _bound(schema: dict[str, object], within: str, beyond: str, step: int) -> int | None:
    value = schema.get(within)
    if isinstance(value, int | float) and abs(value) < 2**53:
        return -int(-value // 1) if step > 0 else int(value // 1)
    value = schema.get(beyond)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**53:
        return int(value // 1) + 1 if step > 0 else -int(-value // 1) - 1
    return None


def _text(schema: dict[str, object]) -> str:
    text = _TEXTS.get(str(schema.get("format")), "demo")
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    if isinstance(shortest, int) and len(text) < shortest:
        text = text.ljust(min(shortest, _LONGEST), "o")
    if isinstance(longest, int) and len(text) > longest:
        text = text[: max(longest, 0)]
    return text
