"""JSON of the shapes that the forms document, with something wrong in it now and then, for decoders."""

import importlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from narrowgate import schemas
from tests.laws.words import LEAVES, NUMBERS, VALUES, WORDS

_DEEPEST = 6
_ROOM = Path(schemas.__path__[0])


def _structs() -> list[type[msgspec.Struct]]:
    """Return all shapes in the modules that say what is read of JSON."""
    found: dict[type[msgspec.Struct], None] = {}
    for file in sorted(_ROOM.glob("*.py")):
        for thing in vars(importlib.import_module(f"{schemas.__name__}.{file.stem}")).values():
            if isinstance(thing, type) and issubclass(thing, msgspec.Struct) and thing.__struct_fields__:
                with suppress(TypeError):  # what is only written may have shapes that cannot be read
                    inspect.type_info(thing)
                    found[thing] = None
    return list(found)


def _told(shape: inspect.Type, depth: int) -> st.SearchStrategy[object]:
    """Return what is told as `shape`, and rarely something else; below `_DEEPEST` only what has no parts."""
    if depth > _DEEPEST:
        return LEAVES
    return st.integers(0, 19).flatmap(lambda chance: _right(shape, depth) if chance else VALUES)


def _right(shape: inspect.Type, depth: int) -> st.SearchStrategy[object]:  # noqa: C901 - a table of kinds
    match shape:
        case inspect.StructType():
            return _members(shape.cls, depth)
        case inspect.UnionType():
            return st.one_of([_told(one, depth + 1) for one in shape.types])
        case inspect.ListType() | inspect.VarTupleType() | inspect.SetType():
            return st.lists(_told(shape.item_type, depth + 1), max_size=3)
        case inspect.DictType():
            return st.dictionaries(WORDS, _told(shape.value_type, depth + 1), max_size=3)
        case inspect.LiteralType():
            return st.sampled_from(shape.values)
        case inspect.EnumType():
            return st.sampled_from([one.value for one in shape.cls])
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.IntType():
            return st.integers(-2, 1 << 40)
        case inspect.FloatType():
            return NUMBERS
        case inspect.StrType():
            return WORDS | st.text(max_size=8)
        case _:
            return VALUES


@cache
def _members(struct: type[msgspec.Struct], depth: int) -> st.SearchStrategy[object]:
    shape = inspect.type_info(struct)
    assert isinstance(shape, inspect.StructType)
    fields = {field.encode_name: _told(field.type, depth + 1) for field in shape.fields}
    needed = {field.encode_name: fields[field.encode_name] for field in shape.fields if field.required}
    optional = {name: one for name, one in fields.items() if name not in needed}
    if shape.tag_field is not None:
        needed[shape.tag_field] = st.just(shape.tag)
    return st.fixed_dictionaries(needed, optional=optional)


STRUCTS = _structs()
# Whole requests, answers and events are large; most others are parts of them.
LARGE = sorted(STRUCTS, key=lambda struct: len(str(inspect.type_info(struct))))[-80:]
SHAPES = (st.sampled_from(LARGE) | st.sampled_from(STRUCTS)).flatmap(lambda struct: _members(struct, 0))
