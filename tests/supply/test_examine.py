"""Every file of a distribution is hashed, accounted for, and read."""

from narrowgate.supply.distribution import Distribution, Form
from narrowgate.supply.examine import Origin, build_hooks, examine
from narrowgate.supply.findings import Reach, Weight
from narrowgate.supply.places.wheels import Loaded
from tests.supply.parts import elf, packed


def examined(files: dict[str, bytes], form: Form = Form.WHEEL) -> Distribution:
    return examine(Loaded(files), Origin("p", "1.0", form, "p-1.0.dist-info/"), {"extra": ""})


def evidence(one: Distribution, reach: Reach) -> set[tuple[str, str]]:
    return {(finding.what, finding.file) for finding in one.findings if finding.reach is reach}


def test_an_honest_distribution_is_told_whole() -> None:
    files = packed(
        "p", "1.0", {"p/__init__.py": "import os\nos.getenv('X')\n", "p/m.so": elf(["connect"], ["libc.so.6"])}
    )
    one = examined(files)
    assert (one.name, one.version, one.license) == ("p", "1.0", "MIT")
    assert evidence(one, Reach.UNRECORDED) == set()
    assert evidence(one, Reach.ENVIRONMENT) == {("os.environ[X]", "p/__init__.py")}
    assert evidence(one, Reach.NETWORK) == {("connect", "p/m.so")}
    assert one.native_files == ("p/m.so",)
    assert one.needed_libraries == ("libc.so.6",)
    assert {file.path for file in one.files} == files.keys()
    assert one.size_bytes == sum(map(len, files.values()))


def test_what_record_does_not_say_is_told() -> None:
    files = packed("p", "1.0", {"p/a.py": "a = 1\n", "p/b.py": "", "p/gone.py": ""})
    del files["p/gone.py"]
    files |= {"p/a.py": b"a = 2\n", "p/new.py": b"", "p/__pycache__/a.cpython-312.pyc": b"\0" * 16}
    one = examined(files)
    assert evidence(one, Reach.UNRECORDED) == {
        ("differs from its RECORD", "p/a.py"),
        ("file that RECORD does not name", "p/new.py"),
        ("file that is gone", "p/gone.py"),
    }
    assert max(one.findings, key=lambda finding: finding.weight.value).file == "p/a.py"


def test_without_a_record_that_is_said() -> None:
    files = {"p-1.0.dist-info/METADATA": b"Name: p\nVersion: 1.0\n", "p.py": b""}
    assert examined(files).notes == ("there is no RECORD, so that its files cannot be accounted for",)


def test_bytecode_that_stands_for_itself_is_told() -> None:
    unchecked = b"\xcb\r\r\n" + (1).to_bytes(4, "little") + b"\0" * 8
    files = packed("p", "1.0", {"p/x.pyc": b"\xcb\r\r\n" + b"\0" * 12, "p/a.py": "", "p/__pycache__/a.pyc": unchecked})
    assert evidence(examined(files), Reach.HIDDEN) == {
        ("bytecode without its source", "p/x.pyc"),
        ("bytecode that Python never compares with its source", "p/__pycache__/a.pyc"),
    }


def test_a_pth_in_a_wheel_is_found_wherever_it_is_put() -> None:
    line = "import os; os.system('x')\n"
    one = examined(packed("p", "1.0", {"p.pth": line, "p-1.0.data/purelib/q.pth": line}))
    whats = evidence(one, Reach.STARTUP)
    assert {file for _, file in whats} == {"p.pth", "p-1.0.data/purelib/q.pth"}


def test_programs_are_read_but_nobody_imports_them() -> None:
    program = "import os\nos.system('x')\n"
    files = {"p/__main__.py": program, "p-1.0.data/scripts/tool": "#!python\n" + program}
    found = [finding for finding in examined(packed("p", "1.0", files)).findings if finding.reach is Reach.PROCESS]
    assert [finding.at_import for finding in found] == [False, False]


def test_commands_and_requirements_are_told() -> None:
    files = packed("p", "1.0", {"p-1.0.dist-info/entry_points.txt": "[console_scripts]\nt = p:m\n"}, ["q>1"])
    one = examined(files)
    assert one.commands == ("t = p:m",)
    assert [wish.name for wish in one.wishes] == ["q"]


def test_setup_py_runs_at_installation() -> None:
    files = {"setup.py": b"import os\nos.system('x')\n", "PKG-INFO": b"Name: p\nVersion: 2.0\n"}
    one = examine(Loaded(files), Origin("p", "2.0", Form.SDIST), {"extra": ""})
    assert evidence(one, Reach.BUILD) == {("setup.py runs when it is installed", "setup.py")}
    assert Reach.PROCESS in one.reach_at_import


def test_build_backends_are_told() -> None:
    own = b"[build-system]\nbuild-backend='b'\nbackend-path=['.']\n"
    assert [(one.what, one.weight) for one in build_hooks("pyproject.toml", own)] == [
        ("built by b", Weight.NOTE),
        ("built by code of its own", Weight.WARNING),
    ]
    assert build_hooks("p", b"[")[0].what == "pyproject.toml that cannot be read"
    assert build_hooks("p", b"build-system = 1") == []


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_read() -> None:
    class Broken(Loaded):
        def paths(self) -> list[str]:
            return ["gone.py", "p.py"]

    one = examine(Broken({"p.py": b"exec(x)"}), Origin("p", "1.0", Form.STRAY), {"extra": ""})
    assert evidence(one, Reach.UNRECORDED) == {("file that was not read (there is no such file)", "gone.py")}
    assert Reach.DYNAMIC in one.reach
