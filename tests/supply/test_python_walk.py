"""A module is walked once, without recursion, and every expression has the scope that runs it."""

import ast

from narrowgate.supply.python_walk import Manner, Walk


def walked(source: str) -> Walk:
    return Walk(ast.parse(source), "p.m", is_package=False)


def called_in(source: str) -> dict[str, str]:
    return {
        ast.unparse(node): scope.runs_in.name
        for node, scope, manner in walked(source).all_uses
        if manner is Manner.CALLED
    }


def test_calls_belong_to_the_function_that_makes_them() -> None:
    source = "a()\nclass C:\n    b()\n    def f(self, x=c()):\n        d()\ng = lambda: e()\n"
    assert called_in(source) == {"a": "p.m", "b": "p.m", "c": "p.m", "d": "p.m.C.f", "e": "p.m.<lambda>"}


def test_what_runs_as_a_program_only_is_apart() -> None:
    assert called_in("if __name__ == '__main__':\n    a()\n") == {"a": "p.m.<main>"}


def test_annotations_exception_types_and_checks_of_types_use_nothing() -> None:
    source = "def f(a: X) -> Y:\n    b: Z = 1\n    isinstance(a, V)\n    try: pass\n    except W: pass\n"
    names = {node.id for node, _, _ in walked(source).all_uses if isinstance(node, ast.Name)}
    assert names == {"a", "isinstance"}


def test_relative_imports_are_made_whole() -> None:
    assert walked("from . import x\nfrom ..q import y\n").root.bindings == {"x": ["p.x"], "y": ["q.y"]}
    assert Walk(ast.parse("from .s import z"), "p", is_package=True).root.bindings == {"z": ["p.s.z"]}


def test_a_decorator_is_called_and_can_register() -> None:
    walk = walked("import atexit\n@atexit.register\ndef f(): pass\n")
    assert [(scope.name, name) for scope, name in walk.started] == [("p.m", "p.m.f")]


def test_docstrings_are_no_text() -> None:
    walk = walked('"""A docstring."""\ndef f():\n    """Another."""\n')
    assert list(walk.all_uses) == []


def test_a_file_cannot_be_too_deep() -> None:
    tree = ast.parse("+".join(["a()"] * 900))
    assert len([node for node, _, _ in Walk(tree, "m", is_package=False).all_uses if isinstance(node, ast.Call)]) == 900


def test_a_released_walk_holds_nothing() -> None:
    walk = walked("import os\nos.system('x')\n")
    walk.release()
    assert list(walk.all_uses) == []
    assert walk.root.bindings == {}
