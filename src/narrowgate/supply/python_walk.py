"""Walk a Python module's tree once: its scopes, and every expression in it with the scope that runs it.

No recursion, so that a file cannot be too deep to be read.
"""

import ast
from collections.abc import Iterator, Sequence
from enum import Enum

from narrowgate.supply.apis import METHODS
from narrowgate.supply.python_names import Later, Scope

SHORTEST_TEXT = 4
"""Shorter text says nothing by itself."""
_IN_USES = (ast.Subscript, ast.BinOp, ast.JoinedStr)
_NOTHING_BELOW = frozenset({ast.Load, ast.Store, ast.Del, ast.Pass, ast.Global, ast.Nonlocal, ast.Break, ast.Continue})
# What binds names or opens scopes; of everything else the parts are visited.
_SPECIAL = frozenset(
    {
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Import,
        ast.ImportFrom,
        ast.Assign,
        ast.AnnAssign,
        ast.For,
        ast.AsyncFor,
        ast.Expr,
        ast.If,
        ast.withitem,
        ast.comprehension,
        ast.ExceptHandler,
        ast.MatchAs,
        ast.MatchStar,
        ast.Lambda,
        ast.NamedExpr,
    }
)


class Manner(Enum):
    """What is done with an expression where it stands."""

    USED = "used"
    CALLED = "called"
    INHERITED = "inherited"


class Walk:
    """A walked module: its root scope, and its expressions.

    What starts from a plain name is with its scope, by that name (`Scope.used`); the rest is in `uses`.
    """

    def __init__(self, tree: ast.Module, module: str, *, is_package: bool) -> None:
        self.root = Scope(module, None)
        self.uses: list[tuple[ast.expr, Scope, Manner]] = []
        self.statements: list[ast.stmt] = []
        # What is applied as a decorator, and functions that are handed to `atexit` where they are defined.
        self.decorators: list[tuple[Scope, ast.expr]] = []
        self.started: list[tuple[Scope, str]] = []
        self.identifiers: set[str] = set()
        self._package = module if is_package else module.rpartition(".")[0]
        self._stack: list[tuple[ast.AST, Scope, Manner]] = []
        self._push(tree.body, self.root)
        self._walk()

    @property
    def all_uses(self) -> Iterator[tuple[ast.expr, Scope, Manner]]:
        """Every expression of interest."""
        yield from self.uses
        for scope in self.root.all:
            for nodes in scope.used.values():
                for node, is_called in nodes:
                    yield node, scope, Manner.CALLED if is_called else Manner.USED

    def release(self) -> None:
        """Let go of the tree: scopes and trees hold each other, and would stay until somebody collects them."""
        for scope in self.root.all:
            scope.bindings.clear()
            scope.used.clear()
        self.root.all.clear()
        self.uses.clear()
        self.statements.clear()

    def _push(self, nodes: Sequence[ast.AST | None], scope: Scope, manner: Manner = Manner.USED) -> None:
        self._stack += [(node, scope, manner) for node in reversed(nodes) if node is not None]

    def _walk(self) -> None:
        """Visit everything; the most frequent kinds of nodes first, since there are millions."""
        stack = self._stack
        while stack:
            node, scope, manner = stack.pop()
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load):
                    self._name(node, scope, manner)
            elif isinstance(node, ast.Constant):
                if isinstance(node.value, str | bytes) and len(node.value) >= SHORTEST_TEXT:
                    self.uses.append((node, scope, manner))
            elif isinstance(node, ast.Attribute):
                self._attribute(node, scope, manner)
            elif isinstance(node, ast.Call):
                self._call(node, scope)
            elif type(node) in _SPECIAL:
                self._special(node, scope)
            elif type(node) not in _NOTHING_BELOW:
                self._plain(node, scope, manner)

    def _plain(self, node: ast.AST, scope: Scope, manner: Manner) -> None:
        if isinstance(node, ast.stmt):
            self.statements.append(node)
        elif isinstance(node, _IN_USES):
            self.uses.append((node, scope, manner))
        self._children(node, scope)

    def _children(self, node: ast.AST, scope: Scope) -> None:
        stack = self._stack
        for field in reversed(node._fields):
            value: object = getattr(node, field, None)
            if isinstance(value, list):
                stack += [(one, scope, Manner.USED) for one in reversed(value) if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST) and type(value) not in _NOTHING_BELOW:
                stack.append((value, scope, Manner.USED))

    def _name(self, node: ast.Name, scope: Scope, manner: Manner) -> None:
        if manner is Manner.INHERITED:
            self.uses.append((node, scope, manner))
        else:
            scope.used.setdefault(node.id, []).append((node, manner is Manner.CALLED))

    def _attribute(self, node: ast.Attribute, scope: Scope, manner: Manner) -> None:
        # Past all dots; a plain name there is seen with the whole.
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        is_called = manner is Manner.CALLED
        if not isinstance(root, ast.Name):
            self.uses.append((node, scope, manner))
            self._stack.append((root, scope, Manner.USED))
        elif manner is Manner.INHERITED or root.id in {"self", "cls"} or (is_called and node.attr in METHODS):
            self.uses.append((node, scope, manner))
        else:
            scope.used.setdefault(root.id, []).append((node, is_called))

    def _call(self, node: ast.Call, scope: Scope) -> None:
        self.uses.append((node, scope, Manner.USED))
        function = node.func
        args = node.args
        if isinstance(function, ast.Name) and function.id in {"isinstance", "issubclass"}:
            args = args[:1]
        self._push([*args, *[keyword.value for keyword in node.keywords]], scope)
        self._push([function], scope, Manner.CALLED)

    def _special(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.stmt):
            self.statements.append(node)
            self._statement(node, scope)
        else:
            self._other(node, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, scope)
            case ast.ClassDef():
                self._class(node, scope)
            case ast.Import(names=names):
                for alias in names:
                    top = alias.name.partition(".")[0]
                    scope.bind(alias.asname or top, alias.name if alias.asname else top)
            case ast.ImportFrom():
                self._import_from(node, scope)
            case ast.Assign() | ast.AnnAssign() | ast.For() | ast.AsyncFor():
                self._assignment(node, scope)
            case ast.Expr(value=ast.Constant()):
                pass  # a docstring, or a comment in the form of one
            case ast.If(test=test, body=body, orelse=orelse) if _is_main(test):
                self._push(orelse, scope)
                self._push(body, Scope(f"{scope.name}.<main>", scope))
            case _:
                self._children(node, scope)

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.For | ast.AsyncFor, scope: Scope) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value, scope)
                self._push([value, *targets], scope)
            case ast.AnnAssign(target=target, value=given):
                self._bind(target, given, scope)
                self._push([given, target], scope)  # and not the annotation: it runs nothing of interest
            case ast.For(target=target) | ast.AsyncFor(target=target):
                self._bind(target, None, scope)
                self._children(node, scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.bind(node.name, f"{scope.name}.{node.name}")
        self.identifiers.add(node.name)
        self._push(node.body, Scope(f"{scope.name}.{node.name}", scope, is_class=True))
        self._push([keyword.value for keyword in node.keywords], scope)
        self._push(node.bases, scope, Manner.INHERITED)
        self._push(node.decorator_list, scope, Manner.CALLED)
        self.decorators += [(scope, decorator) for decorator in node.decorator_list]

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        full = f"{scope.name}.{node.name}"
        scope.bind(node.name, full)
        self.identifiers.add(node.name)
        inner = Scope(full, scope)
        self._arguments(node.args, scope, inner)
        self._push(node.body, inner)
        self._push(node.decorator_list, scope, Manner.CALLED)
        self.decorators += [(scope, decorator) for decorator in node.decorator_list]
        self.started += [(scope, full) for decorator in node.decorator_list if _registers(decorator)]

    def _arguments(self, arguments: ast.arguments, scope: Scope, inner: Scope) -> None:
        named = [*arguments.posonlyargs, *arguments.args]
        for argument in (*named, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if argument is not None:
                inner.bind(argument.arg, None)
                self.identifiers.add(argument.arg)
        # A default is also a way to hold on to a function: `def f(run=os.system)`.
        for argument, default in zip(reversed(named), reversed(arguments.defaults), strict=False):
            inner.bind(argument.arg, Later(default, scope))
        for argument, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if given is not None:
                inner.bind(argument.arg, Later(given, scope))
        self._push([*arguments.defaults, *arguments.kw_defaults], scope)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        source = node.module or ""
        if node.level:
            package = self._package
            for _ in range(node.level - 1):
                package = package.rpartition(".")[0]
            source = f"{package}.{source}".strip(".")
        for alias in node.names:
            if alias.name == "*":
                scope.stars.append(source)
            else:
                scope.bind(alias.asname or alias.name, f"{source}.{alias.name}")

    def _bind(self, target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
        match target:
            case ast.Name(id=name):
                scope.bind(name, _later(value, scope))
                self.identifiers.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attribute) if scope.owner is not None:
                scope.owner.bind(f"self.{attribute}", _later(value, scope))
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                given = (
                    value.elts if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets) else None
                )
                for index, one in enumerate(targets):
                    self._bind(one, None if given is None else given[index], scope)
            case ast.Starred(value=inner):
                self._bind(inner, None, scope)
            case _:
                pass

    def _other(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.withitem(context_expr=value, optional_vars=target):
                if target is not None:
                    self._bind(target, value, scope)
                self._push([value], scope)
            case ast.comprehension(target=target, iter=values, ifs=conditions):
                self._bind(target, None, scope)
                self._push([values, *conditions], scope)
            case ast.ExceptHandler(name=name, body=body):
                if name is not None:
                    scope.bind(name, None)
                self._push(body, scope)  # and not the type: naming an exception uses nothing
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bind(name, None)
                self._children(node, scope)
            case ast.Lambda(args=arguments, body=body):
                inner = Scope(f"{scope.name}.<lambda>", scope)
                self._arguments(arguments, scope, inner)
                self._push([body], inner)
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, value, scope)
                self._push([value], scope)
            case _:
                self._children(node, scope)


def _later(value: ast.expr | None, scope: Scope) -> Later | None:
    return None if value is None else Later(value, scope)


def _registers(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and ast.unparse(decorator) == "atexit.register"


def _is_main(test: ast.expr) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
        case _:
            return False
