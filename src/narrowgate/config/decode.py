"""From a plain document to typed Structs, with all complaints at once."""

import difflib
import operator
from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec
from msgspec import inspect

from narrowgate.config.complaint import Complaint, ConfigRefused, item_path, key_path, quoted

T = TypeVar("T", bound=msgspec.Struct)
_Number = inspect.IntType | inspect.FloatType
_Many = inspect.VarTupleType | inspect.FrozenSetType | inspect.SetType | inspect.ListType
# How far off a misspelt key may be and still be recognised: `api-key` for `api_key`, `por` for `port`.
_LIKENESS = 0.6


def decode(document: object, kind: type[T]) -> T:
    """Return `document` (dicts, lists, scalars) as a `kind`.

    A section or list without a value is an empty one, as YAML's `openai:` suggests; a key of
    any other type without a value is refused. An integer serves as a float, a bool as no number.

    Raises:
        ConfigRefused: with every unknown key, wrong type, bound passed and missing key.
    """
    walk = _Walk()
    plain = walk.value(document, inspect.type_info(kind), "")
    if walk.complaints:
        raise ConfigRefused(walk.complaints)
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:  # a rule of the type's that the walk does not know
        raise ConfigRefused([Complaint("", str(error).lower())]) from None


class _Walk:
    """Goes through a document beside its type. What it returns is the document with its gaps filled."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []

    def value(self, value: object, kind: inspect.Type, path: str) -> object:
        """Return `value` made ready for `kind`, noting what does not fit."""
        match kind:
            case inspect.StructType():
                return self._struct(value, kind, path)
            case inspect.DictType():
                return self._dict(value, kind, path)
            case inspect.UnionType():
                return self._optional(value, kind, path)
            case inspect.VarTupleType() | inspect.FrozenSetType() | inspect.SetType() | inspect.ListType():
                return self._many(value, kind, path)
            case _:
                return self._scalar(value, kind, path)

    def _struct(self, value: object, kind: inspect.StructType, path: str) -> object:
        entries = self._entries(value, path)
        if entries is None:
            return {}
        fields = {field.encode_name: field for field in kind.fields}
        found: dict[str, object] = {}
        for key, item in entries.items():
            field = fields.get(key)
            if field is None:
                self._note(key_path(path, key), f"{quoted(key)} is not a key that is known here", _instead(key, fields))
            else:
                found[key] = self.value(item, field.type, key_path(path, key))
        for name, field in fields.items():
            if field.required and name not in entries:
                self._note(key_path(path, name), "is missing", "add it")
        return found

    def _dict(self, value: object, kind: inspect.DictType, path: str) -> object:
        found: dict[str, object] = {}
        for key, item in (self._entries(value, path) or {}).items():
            inner = key_path(path, key)
            self._scalar(key, kind.key_type, inner)
            found[key] = self.value(item, kind.value_type, inner)
        return found

    def _entries(self, value: object, path: str) -> dict[str, object] | None:
        """Return a section's keys and values, None when it is no section."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._note(path, f"is {_kind_of(value)}, not a section", "write keys and values below it, indented")
            return None
        entries = {key: item for key, item in value.items() if isinstance(key, str)}
        if len(entries) < len(value):
            self._note(path, "has a key that is not text", "put it in quotes")
        return entries

    def _many(self, value: object, kind: _Many, path: str) -> object:
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self._note(path, f"is {_kind_of(value)}, not a list", "write it as [one, two]")
            return []
        return [self.value(item, kind.item_type, item_path(path, index)) for index, item in enumerate(value)]

    def _optional(self, value: object, kind: inspect.UnionType, path: str) -> object:
        others = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
        if value is None and len(others) < len(kind.types):
            return None
        # Of text and a section (the only other unions of the schema) the value shows which is meant.
        texts = [member for member in others if isinstance(member, inspect.StrType)]
        chosen = texts if texts and isinstance(value, str) else [member for member in others if member not in texts]
        return self.value(value, (chosen or others)[0], path)

    def _scalar(self, value: object, kind: inspect.Type, path: str) -> object:
        match kind:
            case inspect.EnumType():
                self._word(value, [str(member.value) for member in kind.cls], path)
            case inspect.BoolType() if not isinstance(value, bool):
                self._wrong(value, "true or false", "write true or false, without quotes", path)
            case inspect.StrType():
                self._text(value, path)
            case inspect.IntType() | inspect.FloatType():
                return self._number(value, kind, path)
            case _:
                pass
        return value

    def _word(self, value: object, words: list[str], path: str) -> None:
        if isinstance(value, bool) and any(word in {"on", "off", "yes", "no", "true", "false"} for word in words):
            self._note(path, "is true or false, not one of the words it may be", "put it in quotes")
        elif not isinstance(value, str):
            self._wrong(value, "a word", f"write one of {', '.join(words)}", path)
        elif value not in words:
            self._note(path, f"{quoted(value)} is not one of {', '.join(words)}", _instead(value, words))

    def _text(self, value: object, path: str) -> None:
        if not isinstance(value, str):
            self._wrong(value, "text", "put it in quotes", path)
        elif any(ord(letter) < 32 or ord(letter) == 127 or 0xD800 <= ord(letter) <= 0xDFFF for letter in value):
            self._note(path, "holds a control character", "remove it")

    def _number(self, value: object, kind: _Number, path: str) -> object:
        wants_whole = isinstance(kind, inspect.IntType)
        if isinstance(value, bool) or not isinstance(value, int if wants_whole else int | float):
            fix = "remove the quotes" if isinstance(value, str) and value.isdigit() else "write digits"
            self._wrong(value, "a whole number" if wants_whole else "a number", fix, path)
            return value
        if problem := _out_of_bounds(value, kind):
            self._note(path, *problem)
            return value
        return value if wants_whole else float(value)

    def _wrong(self, value: object, wanted: str, fix: str, path: str) -> None:
        if value is None:
            self._note(path, f"has no value, where {wanted} belongs", "write one, or remove the key")
        else:
            self._note(path, f"is {_kind_of(value)}, not {wanted}", fix)

    def _note(self, path: str, problem: str, fix: str) -> None:
        self.complaints.append(Complaint(path, problem, fix))


def _out_of_bounds(value: float, kind: _Number) -> tuple[str, str] | None:
    """Say which bound `value` passes, and what to write. NaN passes every one."""
    bounds = (
        (kind.ge, operator.ge, "at least"),
        (kind.gt, operator.gt, "more than"),
        (kind.le, operator.le, "at most"),
        (kind.lt, operator.lt, "less than"),
    )
    for bound, is_kept, words in bounds:
        if bound is not None and not is_kept(value, bound):
            return f"is not {words} {bound:_}", f"write {words} {bound:_}"
    if isinstance(value, float) and not abs(value) < float("inf"):
        return "is not a finite number", "write digits"
    if isinstance(value, int) and value.bit_length() > 63:
        return "is too large a number", "write a smaller one"
    return None


def _instead(word: str, known: Collection[str]) -> str:
    """Suggest what was meant, or tell everything that may be written."""
    near = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=_LIKENESS)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"


def _kind_of(value: object) -> str:
    """Name a value by its kind, never by what it says: it may be a secret in the wrong place."""
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case _ if isinstance(value, Mapping):
            return "a section"
        case _:
            return "empty" if value is None else "something else"
