"""From a plain document to typed Structs, with all complaints at once."""

import difflib
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import inspect

from narrowgate.config.complaint import Complaint, ConfigRefused

T = TypeVar("T", bound=msgspec.Struct)
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def decode(document: object, kind: type[T]) -> T:
    """Return `document` (dicts, lists, scalars) as a `kind`.

    Raises:
        ConfigRefused: with every unknown key, wrong type, bound passed and missing key.
    """
    complaints: list[Complaint] = []
    _check(document, inspect.type_info(kind), "", complaints)
    if complaints:
        raise ConfigRefused(complaints)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:  # a kind of mistake the walk above does not know
        raise ConfigRefused([Complaint("", str(error))]) from None


def _check(value: object, kind: inspect.Type, path: str, complaints: list[Complaint]) -> None:
    """Note what about `value` does not fit `kind`."""
    match kind:
        case inspect.StructType():
            _check_struct(value, kind, path, complaints)
        case inspect.UnionType():
            _check_union(value, kind, path, complaints)
        case inspect.DictType():
            _check_dict(value, kind, path, complaints)
        case inspect.VarTupleType() | inspect.FrozenSetType() | inspect.ListType():
            if not isinstance(value, list | tuple):
                complaints.append(Complaint(path, f"expected a list, got {_shown(value)}"))
                return
            for index, item in enumerate(value):
                _check(item, kind.item_type, f"{path}[{index}]", complaints)
        case inspect.EnumType():
            _check_enum(value, kind, path, complaints)
        case inspect.BoolType():
            _expect(value, (bool,), path, complaints)
        case inspect.IntType():
            if _expect(value, (int,), path, complaints):
                _check_bounds(value, kind, path, complaints)
        case inspect.FloatType():
            if _expect(value, (int, float), path, complaints):
                _check_bounds(value, kind, path, complaints)
        case inspect.StrType():
            _expect(value, (str,), path, complaints)
        case inspect.NoneType():
            if value is not None:
                complaints.append(Complaint(path, f"expected nothing, got {_shown(value)}"))
        case _:
            return


def _check_struct(value: object, kind: inspect.StructType, path: str, complaints: list[Complaint]) -> None:
    if not isinstance(value, Mapping):
        complaints.append(Complaint(path or "(file)", f"expected keys and values, got {_shown(value)}"))
        return
    fields = {field.encode_name: field for field in kind.fields}
    for key, item in value.items():
        field = fields.get(key) if isinstance(key, str) else None
        inner = _join(path, str(key))
        if field is None:
            near = difflib.get_close_matches(str(key), fields, n=1, cutoff=0.5)
            fix = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(fields)}"
            complaints.append(Complaint(inner, "unknown key", fix))
        else:
            _check(item, field.type, inner, complaints)
    for name, field in fields.items():
        if field.required and name not in value:
            complaints.append(Complaint(_join(path, name), "missing", "add it"))


def _check_union(value: object, kind: inspect.UnionType, path: str, complaints: list[Complaint]) -> None:
    if value is None and any(isinstance(member, inspect.NoneType) for member in kind.types):
        return
    members = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
    attempts: list[list[Complaint]] = []
    for member in members:
        found: list[Complaint] = []
        _check(value, member, path, found)
        if not found:
            return
        attempts.append(found)
    complaints.extend(min(attempts, key=len))


def _check_dict(value: object, kind: inspect.DictType, path: str, complaints: list[Complaint]) -> None:
    if not isinstance(value, Mapping):
        complaints.append(Complaint(path, f"expected keys and values, got {_shown(value)}"))
        return
    for key, item in value.items():
        if not isinstance(key, str):
            complaints.append(Complaint(_join(path, str(key)), f"the key {_shown(key)} is no text", "put it in quotes"))
            continue
        if isinstance(kind.key_type, inspect.EnumType):
            _check_enum(key, kind.key_type, _join(path, key), complaints)
        _check(item, kind.value_type, _join(path, key), complaints)


def _check_enum(value: object, kind: inspect.EnumType, path: str, complaints: list[Complaint]) -> None:
    words = [str(member.value) for member in kind.cls]
    if value not in words:
        near = difflib.get_close_matches(str(value), words, n=1)
        complaints.append(
            Complaint(path, f"{_shown(value)} is not one of {', '.join(words)}", f"did you mean '{near[0]}'?" if near else "")
        )


def _check_bounds(
    value: object, kind: inspect.IntType | inspect.FloatType, path: str, complaints: list[Complaint]
) -> None:
    if not isinstance(value, int | float):
        return
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number
        complaints.append(Complaint(path, "expected a finite number"))
    elif kind.ge is not None and value < kind.ge:
        complaints.append(Complaint(path, f"{value} is below {kind.ge:g}", f"use {kind.ge:g} or more"))
    elif kind.gt is not None and value <= kind.gt:
        complaints.append(Complaint(path, f"{value} is not above {kind.gt:g}", f"use more than {kind.gt:g}"))
    elif kind.le is not None and value > kind.le:
        complaints.append(Complaint(path, f"{value} is above {kind.le:g}", f"use {kind.le:g} or less"))


def _expect(value: object, types: tuple[type, ...], path: str, complaints: list[Complaint]) -> bool:
    if isinstance(value, types) and (bool in types or not isinstance(value, bool)):
        return True
    complaints.append(Complaint(path, f"expected {_WORDS[types[-1]]}, got {_shown(value)}"))
    return False


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(value: object) -> str:
    """Name a value by its kind; text only when it is short (it may be a secret in the wrong place)."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}" if abs(value) < 1e15 else "a huge number"  # noqa: PLR2004
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 20 else "text"  # noqa: PLR2004
    if isinstance(value, Mapping):
        return "keys and values"
    return "a list" if isinstance(value, list | tuple) else type(value).__name__
