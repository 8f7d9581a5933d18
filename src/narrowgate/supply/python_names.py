"""What the names in a Python module stand for: scopes, imports, aliases, and text that can be worked out.

Flow is not followed: a name stands for anything it is given anywhere in its scope. That errs towards
finding too much, and cannot be led astray by the order of statements.
"""

import ast
import builtins
from collections.abc import Sequence

from narrowgate.supply.apis import MADE_BY, MAKERS, NAMES

# How far a chain of aliases is followed, and how long a text may become: hostile files make both endless.
_DEEPEST = 16
_LONGEST_TEXT = 8_000_000
_MOST_STEPS = 2_000_000
IMPORTERS = frozenset({"builtins.__import__", "importlib.import_module", "importlib.__import__"})
_NAMESPACES = frozenset({"builtins.globals", "builtins.locals", "builtins.vars"})
_BUILTINS = frozenset(dir(builtins)) | {"__builtins__"}


class Effort:
    """How much work a module's names have been: aliases of aliases can be made to need an eternity."""

    def __init__(self) -> None:
        self.steps = 0
        self.nested = 0
        # Names found to stand for nothing while a name they depend on was still being worked out.
        self.tentative: list[tuple[Scope, str]] = []

    @property
    def is_spent(self) -> bool:
        """Whether no more will be worked out."""
        return self.steps > _MOST_STEPS


class Later:
    """A value that is an expression, resolved where it stands, once all names are known."""

    __slots__ = ("node", "scope")

    def __init__(self, node: ast.expr, scope: "Scope") -> None:
        self.node = node
        self.scope = scope


class Scope:
    """A module, class or function: what its names are bound to.

    A name is bound to the dotted name of what was imported or defined, to the expression it was given,
    or to None when nothing can be said (an argument, a loop's variable).
    """

    __slots__ = ("all", "bindings", "effort", "is_class", "known", "meant", "name", "owner", "parent", "stars", "used")

    def __init__(self, name: str, parent: "Scope | None", *, is_class: bool = False) -> None:
        self.name = name
        self.parent = parent
        self.is_class = is_class
        self.bindings: dict[str, list[str | Later | None]] = {}
        self.known: dict[str, str | None] = {}
        self.meant: dict[str, tuple[str, ...]] = {}
        self.effort: Effort = Effort() if parent is None else parent.effort
        # Modules of which everything was imported here or further out.
        self.stars: list[str] = [] if parent is None else parent.stars
        # Mentions by the name that they start from, and whether each is a call.
        self.used: dict[str, list[tuple[ast.expr, bool]]] = {}
        # Every scope of the module, this one too.
        self.all: list[Scope] = [] if parent is None else parent.all
        self.all.append(self)
        # The class whose `self` is meant here.
        self.owner: Scope | None = None
        if parent is not None:
            self.owner = parent if parent.is_class else parent.owner

    def bind(self, name: str, value: str | Later | None) -> None:
        """Note that a name is given a value somewhere in this scope."""
        self.bindings.setdefault(name, []).append(value)

    @property
    def runs_in(self) -> "Scope":
        """The module or function whose call runs this: a class runs where it stands."""
        scope = self
        while scope.is_class and scope.parent is not None:
            scope = scope.parent
        return scope

    def values(self, name: str) -> Sequence[str | Later | None] | None:
        """Return what a name may be where it is read in this scope; None when nothing here says so."""
        scope: Scope | None = self
        is_first = True
        while scope is not None:
            if (is_first or not scope.is_class) and name in scope.bindings:
                return scope.bindings[name]
            is_first = False
            scope = scope.parent
        return None


def resolve(node: ast.expr, scope: Scope, depth: int = 0) -> str | None:
    """Return the dotted name of what an expression stands for, or None.

    What a class makes goes by the name of the class, so that `Path("x").unlink` is
    `pathlib.Path.unlink`.
    """
    scope.effort.steps += 1
    if depth > _DEEPEST or scope.effort.is_spent:
        return None
    match node:
        case ast.Name(id=name):
            return _resolve_name(name, scope, depth)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attribute) if scope.owner is not None:
            found = (
                _resolve_name(f"self.{attribute}", scope.owner, depth)
                if f"self.{attribute}" in scope.owner.bindings
                else None
            )
            return found or f"{scope.owner.name}.{attribute}"
        case ast.Attribute(value=value, attr=attribute):
            whole = resolve(value, scope, depth + 1)
            return None if whole is None else f"{whole}.{attribute}"
        case ast.Call():
            return _resolve_call(node, scope, depth)
        case ast.Subscript(value=value, slice=index):
            return _resolve_subscript(value, index, scope, depth)
        case ast.BinOp(left=left, op=ast.Div()):
            return "pathlib.Path" if resolve(left, scope, depth + 1) == "pathlib.Path" else None
        case ast.Await(value=value) | ast.NamedExpr(value=value):
            return resolve(value, scope, depth + 1)
        case _:
            return None


def meanings(node: ast.expr, scope: Scope) -> Sequence[str]:
    """Return every dotted name that an expression may stand for, where its first name was imported in several ways."""
    if isinstance(node, ast.Name):
        return meanings_of(node.id, scope)
    if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}):
        return [f"{whole}.{node.attr}" for whole in meanings(node.value, scope)]
    first = resolve(node, scope)
    return () if first is None else (first,)


def meanings_of(name: str, scope: Scope) -> Sequence[str]:
    """Return every dotted name that a name may stand for where it is read in a scope."""
    found = scope.meant.get(name)
    if found is None:
        found = scope.meant[name] = _all_meanings(name, scope)
    return found


def _all_meanings(name: str, scope: Scope) -> tuple[str, ...]:
    first = _resolve_name(name, scope, 0)
    if first is None:
        return ()
    others = [value for value in scope.values(name) or () if isinstance(value, str)]
    return tuple(dict.fromkeys([first, *others]))


def text_of(node: ast.expr, scope: Scope, depth: int = 0) -> str | None:
    """Return the text that an expression comes to when that can be worked out without running anything."""
    scope.effort.steps += 1
    if depth > _DEEPEST or scope.effort.is_spent:
        return None
    match node:
        case ast.Constant(value=value):
            return value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else None
        case ast.Name(id=name):
            only = _only_value(name, scope)
            return None if only is None else text_of(only.node, only.scope, depth + 1)
        case ast.BinOp(op=ast.Add()):
            return _joined("", _terms(node), scope, depth)
        case ast.JoinedStr(values=pieces):
            inner = [piece.value if isinstance(piece, ast.FormattedValue) else piece for piece in pieces]
            return _joined("", inner, scope, depth)
        case ast.Subscript(value=whole, slice=ast.Slice(lower=None, upper=None, step=ast.UnaryOp(op=ast.USub()))):
            backwards = text_of(whole, scope, depth + 1)
            return None if backwards is None else backwards[::-1]
        case ast.Call(func=ast.Attribute(value=whole, attr=method), args=args):
            return _text_of_method(whole, method, args, scope, depth)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return _text_of_codes(name, argument)
        case _:
            return None


def is_put_together(node: ast.expr) -> bool:
    """Whether a text is not written out where it is used, but made of pieces or turned around."""
    return not isinstance(node, ast.Constant | ast.Name)


def _only_value(name: str, scope: Scope) -> Later | None:
    values = scope.values(name)
    return values[0] if values is not None and len(values) == 1 and isinstance(values[0], Later) else None


def _resolve_name(name: str, scope: Scope, depth: int) -> str | None:
    if name in scope.known:
        return scope.known[name]
    effort = scope.effort
    scope.known[name] = None  # ends circles
    effort.nested += 1
    found = _bound(name, scope, depth)
    effort.nested -= 1
    if found is not None:
        scope.known[name] = found
    else:
        effort.tentative.append((scope, name))
    if effort.nested == 0:
        if found is not None:
            for within, tried in effort.tentative:
                within.known.pop(tried, None)
        effort.tentative.clear()
    return found


def _bound(name: str, scope: Scope, depth: int) -> str | None:
    values = scope.values(name)
    if values is not None:
        return _first(values, depth)
    if name == "__builtins__":
        return "builtins"
    starred = (f"{star}.{name}" for star in scope.stars)
    return next((full for full in starred if full in NAMES), f"builtins.{name}" if name in _BUILTINS else None)


def _first(values: Sequence[str | Later | None], depth: int) -> str | None:
    for value in values:
        found = resolve(value.node, value.scope, depth + 1) if isinstance(value, Later) else value
        if found is not None:
            return found
    return None


def _resolve_call(node: ast.Call, scope: Scope, depth: int) -> str | None:
    function = resolve(node.func, scope, depth + 1)
    if function is None:
        return None
    if function == "sys.modules.get" and node.args:
        return text_of(node.args[0], scope, depth + 1)
    if function.endswith(".__getattribute__") and node.args:
        name = text_of(node.args[-1], scope, depth + 1)
        return None if name is None else f"{function.removesuffix('.__getattribute__')}.{name}"
    if function in IMPORTERS and node.args:
        return text_of(node.args[0], scope, depth + 1)
    if function == "builtins.getattr" and len(node.args) >= 2:
        whole = resolve(node.args[0], scope, depth + 1)
        attribute = text_of(node.args[1], scope, depth + 1)
        return None if whole is None or attribute is None else f"{whole}.{attribute}"
    if function == "builtins.vars" and node.args:
        whole = resolve(node.args[0], scope, depth + 1)
        return None if whole is None else f"{whole}.__dict__"
    if function in MADE_BY:
        return MADE_BY[function]
    is_class = function in MAKERS or function.rsplit(".", 1)[-1][:1].isupper()
    return function if is_class else None


def _resolve_subscript(value: ast.expr, index: ast.expr, scope: Scope, depth: int) -> str | None:
    whole = resolve(value, scope, depth + 1)
    if whole is None:
        if isinstance(value, ast.Call) and resolve(value.func, scope, depth + 1) in _NAMESPACES:
            key = text_of(index, scope, depth + 1)
            return None if key is None else _resolve_name(key, scope, depth + 1)
        return None
    if whole not in {"sys.modules", "builtins"} and not whole.endswith(".__dict__"):
        return None
    key = text_of(index, scope, depth + 1)
    if key is None:
        return None
    return key if whole == "sys.modules" else f"{whole.removesuffix('.__dict__')}.{key}"


def _terms(node: ast.expr) -> list[ast.expr]:
    """Return the terms of a sum, however long: hundreds are ordinary in generated files."""
    terms: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        terms.append(node.right)
        node = node.left
    terms.append(node)
    terms.reverse()
    return terms


def _text_of_method(value: ast.expr, method: str, args: list[ast.expr], scope: Scope, depth: int) -> str | None:
    """Return what a method of a text makes of it: those by which names are taken apart and put together."""
    if method in {"encode", "decode", "strip"}:
        return text_of(value, scope, depth + 1)
    if method == "join" and len(args) == 1 and isinstance(args[0], ast.List | ast.Tuple):
        between = text_of(value, scope, depth + 1)
        return None if between is None else _joined(between, args[0].elts, scope, depth)
    if method == "replace" and len(args) == 2:
        text, old, new = (text_of(part, scope, depth + 1) for part in (value, *args))
        # Not what makes a text longer: that can be done over and over.
        if text is not None and old and new is not None and len(new) <= len(old):
            return text.replace(old, new)
    return None


def _text_of_codes(function: str, argument: ast.expr) -> str | None:
    """Return the text of `chr(111)` or `bytes([111, 115])`."""
    match argument:
        case ast.Constant(value=int() as code) if function == "chr":
            return chr(code) if 0 <= code < 0x110000 else None
        case ast.List(elts=items) | ast.Tuple(elts=items) if function in {"bytes", "bytearray"}:
            codes = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, int)]
            is_bytes = len(codes) == len(items) and all(0 <= code < 256 for code in codes)
            return bytes(codes).decode("latin-1") if is_bytes else None
        case _:
            return None


def _joined(between: str, nodes: Sequence[ast.expr], scope: Scope, depth: int) -> str | None:
    texts = []
    for node in nodes:
        text = text_of(node, scope, depth + 1)
        if text is None:
            return None
        texts.append(text)
    return _bounded(between.join(texts))


def _bounded(text: str) -> str | None:
    return text if len(text) <= _LONGEST_TEXT else None
