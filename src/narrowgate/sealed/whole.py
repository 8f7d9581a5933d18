"""The variant that needs no Python on the target: an interpreter as the prologue, its library sealed with the rest.

Built from the interpreter that runs this, which must come with a static libpython, and gcc. The result
needs the target's C library and what the library's own modules link to (libssl, libsqlite3, ...).
"""

import importlib.util
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from narrowgate.sealed.boot import BOOT
from narrowgate.sealed.code import compiled
from narrowgate.sealed.contents import CannotSeal

START = "narrowgate_boot_whole.pyc"
# The program that an image starts first, and where it looks for the file that it starts.
GUARD = "narrowgate-guard"
IN_IMAGE = "/usr/lib/narrowgate"
# Of the standard library: development, other platforms, windows. Nothing of it is ever imported here.
_LEFT_OUT = frozenset(
    {
        *("ensurepip", "idlelib", "lib2to3", "pydoc_data", "site-packages", "test", "tests", "tkinter", "turtledemo"),
        *("turtle.py", "venv", "__pycache__", "config", "unittest", "distutils", "msilib", "dbm", "curses"),
    }
)
_NEVER_LIBRARIES = ("_test", "_xx", "xx", "_ctypes_test", "_tkinter", "_curses", "_dbm", "_gdbm", "nis", "ossaudio")


# What the boot code itself needs of native modules: as much a part of the root of trust as the interpreter.
_EARLY = ("fcntl", "_hashlib", "_blake2", "_md5", "_sha1", "_sha256", "_sha2", "_sha512", "_sha3")
_START = """\
import marshal, posix, sys, zipimport
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader
inside = zipimport.zipimporter(sys.path[0])
class Early:
    def find_spec(self, name, path=None, target=None):
        if name not in {early!r}: return None
        try: data = memoryview(inside.get_data(name + ".so"))
        except OSError: return None
        fd = posix.memfd_create(name, 1)
        while data: data = data[posix.write(fd, data):]
        place = "/proc/self/fd/%d" % fd
        return ModuleSpec(name, ExtensionFileLoader(name, place), origin=place)
sys.meta_path.append(Early())
exec(marshal.loads(inside.get_data({boot!r})), {{"__name__": "__main__"}})
"""


def prologue(compiler: str) -> bytes:
    """Return an ELF program with this interpreter in it.

    Raises:
        CannotSeal: there is no static libpython, or it cannot be linked.
    """
    variables = sysconfig.get_config_vars()
    version = sysconfig.get_python_version()
    # Debian has two: only the code in the first may stand anywhere in memory, as that of a program should.
    names = (f"libpython{version}-pic.a", f"libpython{version}.a")
    folders = [Path(str(variables[name])) for name in ("LIBPL", "LIBDIR") if name in variables]
    library = next((folder / name for name in names for folder in folders if (folder / name).is_file()), None)
    if library is None:
        raise CannotSeal(
            f"{sys.executable} comes without libpython{version}.a; use a Python that has its static library, "
            "or leave out --whole"
        )
    include = sysconfig.get_paths()["include"]
    # What the library itself needs, and what those modules do that a distribution has put into it.
    words = [word for name in ("LIBS", "SYSLIBS", "MODLIBS") for word in shlex.split(str(variables.get(name) or ""))]
    # A folder of this machine's, where on another one anybody might put a library.
    links = [word for word in words if not word.startswith("-Wl,-rpath")]
    return _compiled("stub.c", compiler, f"-I{include}", "-Wl,--export-dynamic", str(library), *links)


def guard(compiler: str) -> bytes:
    """Return the program that an image starts first: it starts the sealed file, without what its loader would obey.

    Raises:
        CannotSeal: it cannot be linked statically.
    """
    return _compiled("guard.c", compiler, "-static", f'-DPROGRAM="{IN_IMAGE}"')


def library_files() -> dict[str, bytes]:
    """Return this interpreter's standard library: code compiled, its native modules stripped."""
    files: dict[str, bytes] = {}
    root = Path(sysconfig.get_paths()["stdlib"])
    magic = importlib.util.MAGIC_NUMBER
    for path in _sources(root):
        name = path.relative_to(root).as_posix()
        code = compiled(path.read_bytes(), name)
        # Some of it is loaded before the boot code runs, by the interpreter's own importer: that wants the header.
        files[f"{name}c"] = magic + (0b01).to_bytes(4, "little") + bytes(8) + code
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((root / "lib-dynload").glob("*.so")):
            if not path.name.startswith(_NEVER_LIBRARIES):
                target = Path(folder) / "x.so"
                _run(["strip", "--strip-unneeded", "-o", str(target), str(path)], folder)
                files[f"{path.name.partition('.')[0]}.so"] = target.read_bytes()
    return files


def start_code() -> bytes:
    """Return what the prologue imports: it runs the boot code that stands beside it."""
    source = _START.format(boot=BOOT, early=sorted(_EARLY))
    code = compiled(source.encode(), "narrowgate_boot_whole.py")
    return importlib.util.MAGIC_NUMBER + (0b01).to_bytes(4, "little") + bytes(8) + code


def _sources(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if not any(part in _LEFT_OUT or part.startswith("config-") for part in parts) and parts[0] != "lib-dynload":
            try:
                compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            yield path


def _compiled(source: str, compiler: str, *words: str) -> bytes:
    """Return the ELF program that a C file beside this one gives."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / source).write_bytes((Path(__file__).parent / source).read_bytes())
        _run([*shlex.split(compiler), "-O2", "-o", "out", source, "-Wl,--build-id=none", *words], folder)
        _run(["strip", "--strip-unneeded", "out"], folder)
        return (Path(folder) / "out").read_bytes()


def _run(command: list[str], folder: str) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 - a compiler, named by the builder
    except FileNotFoundError:
        raise CannotSeal(f"'{command[0]}' is not there; install it, or leave out --whole") from None
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CannotSeal(f"'{command[0]}' failed: {words[-1] if words else error.returncode}") from None
