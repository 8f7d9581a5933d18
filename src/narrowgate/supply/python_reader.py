"""Read the expressions of one walked Python module, and say of each what it could reach."""

import ast
import functools
import re
import sys
from collections.abc import Callable, Iterator

from narrowgate.supply.apis import (
    CLASSES,
    DECODERS,
    FETCHERS,
    METHODS,
    NAMES,
    OPENERS,
    POWERFUL,
    RUNNERS,
    STARTERS,
)
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.literals import as_code, credentials_in, is_long_blob, is_worth_reading, persistence_in, unwrap
from narrowgate.supply.python_names import (
    IMPORTERS,
    Later,
    Scope,
    is_put_together,
    meanings,
    meanings_of,
    resolve,
    text_of,
)
from narrowgate.supply.python_walk import SHORTEST_TEXT, Manner, Walk

_DEEPEST = 4
_LINES_OF_SHELL = re.compile(r"\b(?:curl|wget)\b[^|;&]*[|;&]+\s*(?:sudo\s+)?(?:ba|z|da)?sh\b")
# Everything that is known is below one of these, or reached through one.
_TOPS = frozenset(name.partition(".")[0] for name in NAMES) | sys.stdlib_module_names | {"builtins", "six"}
_IN_ENCODED = " (in encoded code)"

Inner = Callable[[str, int], list[Finding]]
"""Scans code that stands in a text, told the line of the text."""


class Reader:
    """Reads the expressions of one module."""

    def __init__(self, file: str, walk: Walk, line: int, inner: Inner) -> None:
        """`line` is where all of it stands, when it is code in a text; 0 for a file."""
        self._file = file
        self._walk = walk
        self._line = line
        self._scan_inner = inner
        self._inside: set[int] = set()
        self.calls: dict[str, set[str]] = {}
        for scope, full in walk.started:
            self._note_call(scope, full)
        for scope, decorator in walk.decorators:
            self._note_call(scope, resolve(decorator, scope))

    def read(self) -> Iterator[tuple[Scope | None, Finding]]:
        """Yield every finding with the scope in which it happens, None when it is only named there."""
        for node, scope, manner in self._walk.uses:
            if isinstance(node, ast.Call):
                for finding in self._call(node, scope):
                    yield scope, finding
            elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
                yield from self._mentions(node, scope, manner)
            else:
                for finding in self._text(node, scope):
                    yield None, finding
        for scope in list(self._walk.root.all):
            for name, nodes in scope.used.items():
                if _is_dull(name, scope):
                    continue
                for node, is_called in nodes:
                    yield from self._mentions(node, scope, Manner.CALLED if is_called else Manner.USED)

    def _mentions(self, node: ast.expr, scope: Scope, manner: Manner) -> Iterator[tuple[Scope | None, Finding]]:
        for finding in self._mention(node, scope, manner):
            happens = manner is Manner.CALLED or finding.reach is Reach.ENVIRONMENT
            yield scope if happens else None, finding

    def _at(self, node: ast.expr) -> int:
        return self._line or node.lineno

    def _found(self, node: ast.expr, reach: Reach, what: str, weight: Weight = Weight.NOTE) -> Finding:
        return Finding(reach, what, self._file, self._at(node), weight)

    def _mention(self, node: ast.expr, scope: Scope, manner: Manner) -> Iterator[Finding]:
        if isinstance(node, ast.Subscript):
            key = text_of(node.slice, scope) if resolve(node.value, scope) in {"os.environ", "os.environb"} else None
            if key is not None:
                yield self._found(node, Reach.ENVIRONMENT, f"os.environ[{key[:60]}]")
                return
            if resolve(node.value, scope) != "sys.modules" and not _is_dict_of_module(node.value, scope):
                return
        known = [(full, name) for full in meanings(node, scope) if (name := _known(full)) is not None]
        for full, name in known:
            if self._counts(full, name, manner):
                yield self._found(node, NAMES[name], name)
        if not known and isinstance(node, ast.Attribute) and manner is Manner.CALLED and node.attr in METHODS:
            what, reach = METHODS[node.attr]
            yield self._found(node, reach, what)

    @staticmethod
    def _counts(full: str, name: str, manner: Manner) -> bool:
        """Whether it means something that a known name is mentioned, or more is known by others."""
        if name in CLASSES:
            return name == _direct(full) and manner is not Manner.USED
        if name == "os.environ":
            return _is_whole_environment(_direct(full))  # for one variable, the call or the subscript says which
        is_seen_by_call = name in IMPORTERS or name in {"builtins.compile", "os.getenv"}
        return not (is_seen_by_call and manner is Manner.CALLED)

    def _call(self, node: ast.Call, scope: Scope) -> Iterator[Finding]:
        for meant in meanings(node.func, scope):
            self._note_call(scope, meant)
            full = _direct(meant)
            if full in STARTERS:
                for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                    self._note_call(scope, resolve(argument, scope))
            yield from self._called(node, full, scope)

    def _note_call(self, scope: Scope, full: str | None) -> None:
        if full is not None and not full.startswith("builtins."):
            self.calls.setdefault(scope.runs_in.name, set()).add(full)

    def _called(self, node: ast.Call, full: str, scope: Scope) -> Iterator[Finding]:
        if isinstance(node.func, ast.Call) and full in NAMES:
            yield self._found(node, NAMES[full], full)  # `getter("name")()`: no name is mentioned
        if full in OPENERS:
            yield self._opened(node, full, scope)
        elif full in IMPORTERS:
            yield from self._imported(node, full, scope)
        elif full == "builtins.compile" and len(node.args) + len(node.keywords) >= 3:
            yield self._found(node, Reach.DYNAMIC, full)
        elif full == "builtins.getattr" and len(node.args) >= 2:
            yield from self._looked_up(node, scope)
        elif full in {"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault"}:
            key = text_of(node.args[0], scope) if node.args else None
            yield self._found(node, Reach.ENVIRONMENT, f"os.environ[{key[:60]}]" if key else "os.environ")
        if full in RUNNERS:
            yield from self._run(node, full, scope)
        elif NAMES.get(full) is Reach.PROCESS:
            yield from self._started(node, full, scope)

    def _opened(self, node: ast.Call, full: str, scope: Scope) -> Finding:
        position, keyword = OPENERS[full]
        given = next((one.value for one in node.keywords if one.arg == keyword), None)
        if given is None and len(node.args) > position:
            given = node.args[position]
        name = full.removeprefix("builtins.")
        if given is None:
            return self._found(node, Reach.READ, name)
        if full == "os.open":
            is_writing = re.search(r"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)", ast.unparse(given)) is not None
            return self._found(node, Reach.WRITE if is_writing else Reach.READ, name)
        mode = text_of(given, scope)
        if mode is None:
            return self._found(node, Reach.WRITE, f"{name} (mode not known)")
        return self._found(node, Reach.WRITE if set(mode) & set("wax+") else Reach.READ, name)

    def _imported(self, node: ast.Call, full: str, scope: Scope) -> Iterator[Finding]:
        name = text_of(node.args[0], scope) if node.args else None
        short = full.removeprefix("builtins.")
        if name is None:
            yield self._found(node, Reach.DYNAMIC, short)
        elif is_put_together(node.args[0]) and not isinstance(node.args[0], ast.JoinedStr) and _top(name) in POWERFUL:
            yield self._found(node, Reach.HIDDEN, f"import of {name} by a name in pieces", Weight.ALARM)

    def _looked_up(self, node: ast.Call, scope: Scope) -> Iterator[Finding]:
        whole = resolve(node.args[0], scope)
        if whole not in POWERFUL:
            return
        name = text_of(node.args[1], scope)
        if name is None:
            yield self._found(node, Reach.DYNAMIC, f"getattr of {whole} by a computed name", Weight.WARNING)
            return
        full = f"{whole}.{name}"
        if full not in NAMES:
            return
        if is_put_together(node.args[1]):
            yield self._found(node, Reach.HIDDEN, f"{full} by a name in pieces", Weight.ALARM)
        yield self._found(node, NAMES[full], full)

    def _run(self, node: ast.Call, full: str, scope: Scope) -> Iterator[Finding]:
        short = full.removeprefix("builtins.")
        if node.args and (origin := _origin(node.args[0], scope)):
            yield self._found(node, Reach.HIDDEN, f"{short} of {origin} data", Weight.ALARM)
        text = text_of(node.args[0], scope) if node.args else None
        if text is not None and full != "types.FunctionType":
            yield from self._inner(node, text, "")

    def _started(self, node: ast.Call, full: str, scope: Scope) -> Iterator[Finding]:
        for argument in [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in {None, "args"})]:
            if origin := _origin(argument, scope):
                yield self._found(node, Reach.HIDDEN, f"{full} of {origin} data", Weight.ALARM)
            words = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
            texts = [_readable(word, scope) for word in words]
            if any(_LINES_OF_SHELL.search(text) for text in texts):
                yield self._found(node, Reach.PROCESS, f"{full} of a script from the network", Weight.ALARM)
            for text in texts:
                if len(text) > 20:
                    yield from self._inner(node, text, "")

    def _text(self, node: ast.expr, scope: Scope) -> Iterator[Finding]:
        if id(node) in self._inside:
            return
        text = text_of(node, scope) if not isinstance(node, ast.JoinedStr) else _readable(node, scope)
        if text is None:
            return
        # The terms of a sum, and the pieces of a formatted text, were looked at with the whole.
        if not isinstance(node, ast.Constant):
            self._inside.update(id(child) for child in ast.walk(node))
        if len(text) < SHORTEST_TEXT or not is_worth_reading(text):
            return
        for kind in credentials_in(text[:2_000]):
            yield self._found(node, Reach.CREDENTIALS, kind)
        if len(text) < 500 and (place := persistence_in(text)):
            yield self._found(node, Reach.STARTUP, f"names {place}")
        hidden = unwrap(text)
        if hidden is None:
            if is_long_blob(text):
                yield self._found(node, Reach.HIDDEN, "long encoded text")
            return
        how = ", ".join(hidden.layers)
        if hidden.code:
            yield self._found(node, Reach.HIDDEN, f"Python code in {how}", Weight.ALARM)
            yield from self._inner(node, hidden.code, _IN_ENCODED)
        else:
            yield self._found(node, Reach.HIDDEN, f"{hidden.holds} in {how}", Weight.WARNING)

    def _inner(self, node: ast.expr, code: str, mark: str) -> Iterator[Finding]:
        """Yield what code inside of a text shows."""
        if as_code(code) is None:
            return
        for finding in self._scan_inner(code, self._at(node)):
            weight = finding.weight
            if mark and finding.reach in {Reach.NETWORK, Reach.PROCESS} and weight is Weight.NOTE:
                weight = Weight.WARNING
            yield Finding(finding.reach, finding.what.removesuffix(mark) + mark, self._file, finding.line, weight)


def _is_dull(name: str, scope: Scope) -> bool:
    """Whether nothing is known under a name; so it is with most, and this is quickly told."""
    return not any(meant.partition(".")[0] in _TOPS for meant in meanings_of(name, scope))


@functools.lru_cache(maxsize=65_536)
def _known(full: str) -> str | None:
    """Return the name in the table that a dotted name is, or is below of."""
    name = _direct(full)
    while name:
        if name in NAMES:
            return name
        above = name.rpartition(".")[0]
        if f"{above}.*" in NAMES:
            return f"{above}.*"
        name = above
    return None


@functools.lru_cache(maxsize=65_536)
def _direct(full: str) -> str:
    """Return a name without the modules that it is reached through: `shutil.os.system` is `os.system`."""
    full = full.removeprefix("six.moves.")
    parts = full.split(".")
    if len(parts) > 2 and full not in NAMES and parts[0] in sys.stdlib_module_names:
        through = [index for index, part in enumerate(parts[:-1]) if index and part in POWERFUL]
        if through and ".".join(parts[: through[-1] + 1]) not in NAMES:
            return ".".join(parts[through[-1] :])
    return full


def _is_whole_environment(full: str) -> bool:
    rest = full.removeprefix("os.environ").removeprefix(".")
    return rest in {"", "copy", "items", "values", "keys", "update", "clear"}


def _is_dict_of_module(node: ast.expr, scope: Scope) -> bool:
    full = resolve(node, scope)
    return full is not None and (full == "builtins" or full.endswith(".__dict__"))


def _origin(node: ast.expr, scope: Scope, depth: int = 0) -> str:
    """Return how the data came about that is run: "decoded", "fetched", "decrypted", or empty for neither."""
    if depth > _DEEPEST:
        return ""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            if made := _made_by(inner, scope):
                return made
        elif isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.BitXor):
            return "decoded"
        elif isinstance(inner, ast.Name):
            for value in scope.values(inner.id) or ():
                scope.effort.steps += 1
                if not isinstance(value, Later) or value.node is node or scope.effort.is_spent:
                    continue
                if found := _origin(value.node, value.scope, depth + 1):
                    return found
    return ""


def _made_by(call: ast.Call, scope: Scope) -> str:
    full = resolve(call.func, scope)
    if full in DECODERS:
        return "decoded"
    if full in FETCHERS:
        return "fetched"
    return "decrypted" if isinstance(call.func, ast.Attribute) and call.func.attr == "decrypt" else ""


def _readable(node: ast.expr, scope: Scope) -> str:
    """Return what can be read of a text, with nothing in the place of what cannot."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_readable(piece, scope) for piece in node.values)
    if isinstance(node, ast.FormattedValue):
        node = node.value
    return text_of(node, scope) or ""


def _top(name: str) -> str:
    return name.partition(".")[0]
