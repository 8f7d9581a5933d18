"""Names are followed through imports, aliases, attributes and text in pieces."""

import ast

import pytest

from narrowgate.supply.python_names import Later, Scope, is_put_together, meanings, resolve, text_of
from narrowgate.supply.python_walk import Walk


def standing_for(source: str) -> str | None:
    tree = ast.parse(source)
    walk = Walk(tree, "m", is_package=False)
    last = tree.body[-1]
    assert isinstance(last, ast.Expr)
    return resolve(last.value, walk.root)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import os\nos.system", "os.system"),
        ("import os as o\no.system", "os.system"),
        ("from os import system as s\ns", "os.system"),
        ("import os\nrun = os.system\nrun", "os.system"),
        ("__import__('os').system", "os.system"),
        ("import importlib\nimportlib.import_module('os').system", "os.system"),
        ("import os\ngetattr(os, 'sys' + 'tem')", "os.system"),
        ("import os\nvars(os)['system']", "os.system"),
        ("import os\nos.__dict__['system']", "os.system"),
        ("import sys\nsys.modules['os'].system", "os.system"),
        ("import sys\nsys.modules.get('os').system", "os.system"),
        ("import os\nos.__getattribute__('system')", "os.system"),
        ("import os\nobject.__getattribute__", "builtins.object.__getattribute__"),
        ("__builtins__['exec']", "builtins.exec"),
        ("import builtins\nbuiltins.exec", "builtins.exec"),
        ("globals()['exec']", "builtins.exec"),
        ("from os import *\nsystem", "os.system"),
        ("from pathlib import Path\n(Path('a') / 'b').unlink", "pathlib.Path.unlink"),
        ("import socket\nwith socket.socket() as s: pass\ns.connect", "socket.socket.connect"),
        ("(o := __import__('os')).system", "os.system"),
        ("a, b = 1, __import__('os')\nb.system", "os.system"),
        ("def f(): pass\nf", "m.f"),
        ("len", "builtins.len"),
        ("x.system", None),
        ("open = 1\nopen", None),
    ],
)
def test_a_name_is_followed_to_what_it_stands_for(source: str, name: str | None) -> None:
    assert standing_for(source) == name


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("'sys' + 'tem'", "system"),
        ("'metsys'[::-1]", "system"),
        ("''.join(['sys', 'tem'])", "system"),
        ("f'{\"sys\"}tem'", "system"),
        ("bytes([115, 121, 115]).decode() + chr(33)", "sys!"),
        ("'sXyXs'.replace('X', '')", "sys"),
        ("b'sys'", "sys"),
        ("x + 'tem'", None),
        ("3", None),
    ],
)
def test_text_is_put_together(source: str, text: str | None) -> None:
    node = ast.parse(source, mode="eval").body
    assert text_of(node, Scope("m", None)) == text
    assert is_put_together(node) == (not isinstance(node, ast.Constant))


def test_a_circle_of_names_ends_and_hides_nothing() -> None:
    source = "import os\na = b\nb = a\na = os.system\nb"
    assert standing_for(source) == "os.system"
    assert standing_for("a = b\nb = a\na") is None


def test_a_module_imported_in_two_ways_is_both() -> None:
    source = "try:\n    import json as m\nexcept ImportError:\n    import os as m\nm.system"
    walk = Walk(ast.parse(source), "x", is_package=False)
    node = ast.parse("m.system", mode="eval").body
    assert list(meanings(node, walk.root)) == ["json.system", "os.system"]


@pytest.mark.slow
def test_names_that_would_take_forever_are_given_up() -> None:
    # Every name is the sum of a hundred of the next: all of it would be a hundred to the sixth.
    lines = [f"a{number} = " + " + ".join([f"a{number + 1}"] * 100) for number in range(6)]
    walk = Walk(ast.parse("\n".join([*lines, "a6 = ''"])), "m", is_package=False)
    assert text_of(ast.parse("a0", mode="eval").body, walk.root) is None
    assert walk.root.effort.is_spent


def test_a_class_runs_where_it_stands() -> None:
    module = Scope("m", None)
    inner = Scope("m.C", module, is_class=True)
    assert inner.runs_in is module
    inner.bind("x", Later(ast.parse("1", mode="eval").body, inner))
    assert Scope("m.C.f", inner).values("x") is None
