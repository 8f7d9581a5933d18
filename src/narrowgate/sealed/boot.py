"""The first code of a sealed file: check the file against its signed manifest, then import from it alone.

Runs as the file's `__main__` with the standard library only; `archive.py` puts it there with the code of
`ed25519.py` in front and the public key in the place of KEY. Layout: a prologue (shell or ELF), the manifest,
its signature (64 bytes), and a zip whose comment tells where the manifest is.

What is checked is what runs: the file is copied into memory that nobody can change (a sealed memfd), and
all that is imported later comes from there. Children get that memory as a descriptor.
"""

import hashlib
import marshal
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import BuiltinImporter, ExtensionFileLoader, FrozenImporter, ModuleSpec, PathFinder
from importlib.util import MAGIC_NUMBER
from types import CodeType, ModuleType

# In a sealed file the code of these stands above.
from narrowgate.sealed.ed25519 import verify
from narrowgate.sealed.inside import Resources, in_memory, is_unchangeable

KEY = b""
FORMAT = "narrowgate-seal-v1"
COMMENT_BYTES = len(FORMAT) + 22  # the words, an offset of 12 digits, a length of 8
_END = re.compile(rb"narrowgate-seal-v1 (\d{12}) (\d{8})")
_SIGNATURE_BYTES = 64
_HARMFUL = ("LD_", "PYTHON", "OPENSSL_", "SSLKEYLOGFILE", "GCONV_PATH", "GLIBC_TUNABLES", "MALLOC_")
CHILD = "--sealed-child"
BOOT = "narrowgate_boot.pyc"
_REFUSED = 78  # EX_CONFIG of sysexits.h


class Broken(Exception):
    """The file is not what was signed; `why` names what differs."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Entry:
    """One file inside: where its bytes are and what their digest must be."""

    __slots__ = ("digest", "name", "offset", "size")

    def __init__(self, digest: str, offset: int, size: int, name: str) -> None:
        self.digest = digest
        self.offset = offset
        self.size = size
        self.name = name


class Sealed:
    """A sealed file in memory, its manifest verified. `fd` is that memory."""

    def __init__(self, fd: int, key: bytes, *, is_any_python: bool = False) -> None:
        self.fd = fd
        self.size = os.fstat(fd).st_size
        end = _END.fullmatch(self._read(self.size - COMMENT_BYTES, COMMENT_BYTES))
        if end is None:
            raise Broken("its end is missing")
        offset, length = int(end[1]), int(end[2])
        self.manifest = self._read(offset, length)
        self.signature = self._read(offset + length, _SIGNATURE_BYTES)
        if not verify(key, self.manifest, self.signature):
            raise Broken("the signature of its manifest does not fit the key this program was made for")
        self.signed = (offset, offset + length + _SIGNATURE_BYTES)
        first, *lines = self.manifest.decode().splitlines()
        self.python = first.rpartition(" ")[2]
        if self.python != sys.implementation.cache_tag and not is_any_python:
            raise Broken(f"it is made for {self.python}, and this is {sys.implementation.cache_tag}")
        self.frame = lines[0]
        self.entries: dict[str, Entry] = {}
        for line in lines[1:]:
            digest, at, size, name = line.split(" ", 3)
            self.entries[name] = Entry(digest, int(at), int(size), name)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file inside, checked again."""
        entry = self.entries[name]
        data = self._read(entry.offset, entry.size)
        if hashlib.sha256(data).hexdigest() != entry.digest:
            raise Broken(f"{name} differs")
        return data

    def check(self) -> None:
        """Check every byte: each file inside, and all that is between them."""
        frame, at = hashlib.sha256(), 0
        regions = [(entry.offset, entry.offset + entry.size, name) for name, entry in self.entries.items()]
        for start, end, name in sorted([*regions, (*self.signed, "")]):
            if start < at:
                raise Broken(f"{name} overlaps another file")
            frame.update(self._read(at, start - at))
            at = end
        frame.update(self._read(at, self.size - at))
        for name in self.entries:
            self.read(name)
        if frame.hexdigest() != self.frame:
            raise Broken("bytes between its files differ")

    def _read(self, offset: int, size: int) -> bytes:
        if offset < 0 or size < 0:
            raise Broken("it is too short")
        data = os.pread(self.fd, size, offset)
        while len(data) < size:
            more = os.pread(self.fd, size - len(data), offset + len(data))
            if not more:
                raise Broken("it is too short")
            data += more
        return data


class SealedLoader:
    """Runs a module's code, which was compiled when the file was made."""

    def __init__(self, sealed: Sealed, name: str) -> None:
        self._sealed = sealed
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the import system."""
        del spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        exec(self.get_code(""), module.__dict__)  # noqa: S102 - this is what a loader does

    def get_code(self, _name: str) -> CodeType:
        """Return the code; that of the interpreter's own library stands behind a header."""
        data = self._sealed.read(self._name)
        code: CodeType = marshal.loads(data[16:] if data.startswith(MAGIC_NUMBER) else data)  # noqa: S302 - signed
        return code

    def get_source(self, _name: str) -> str | None:
        """Tracebacks show no lines: sources are not inside."""
        return None

    def is_package(self, _name: str) -> bool:
        """Whether modules lie below it."""
        return self._name.endswith("/__init__.pyc")

    def get_data(self, path: str) -> bytes:
        """Return a data file; `path` is below the place modules say they are from."""
        name = path.removeprefix(_PLACE)
        if name not in self._sealed.entries:
            raise FileNotFoundError(path)
        return self._sealed.read(name)

    def get_resource_reader(self, fullname: str) -> "Resources":
        """Let `importlib.resources` find data files."""
        return Resources(self._sealed, fullname.replace(".", "/") + "/")


_PLACE = "/sealed/"  # no such folder: what is asked for by path is not there


class SealedFinder:
    """Finds modules inside the file."""

    def __init__(self, sealed: Sealed) -> None:
        self._sealed = sealed
        self._libraries: dict[str, int] = {}  # their descriptors stay open: debuggers and tracebacks look there

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what is inside under this name, None when nothing is."""
        del path, target
        base = fullname.replace(".", "/")
        entries = self._sealed.entries
        for name, is_package in ((f"{base}/__init__.pyc", True), (f"{base}.pyc", False)):
            if name in entries:
                origin = _PLACE + name.removesuffix("c")
                loader = SealedLoader(self._sealed, name)
                spec = ModuleSpec(fullname, loader, origin=origin, is_package=is_package)  # type: ignore[arg-type] # has its methods
                if is_package:
                    spec.submodule_search_locations = [_PLACE + base]
                spec.has_location = True
                return spec
        if f"{base}.so" in entries:
            place = f"/proc/self/fd/{self._library(f'{base}.so')}"
            return ModuleSpec(fullname, ExtensionFileLoader(fullname, place), origin=place)
        return None

    def find_distributions(self, context: object = None) -> Iterator[object]:
        """Tell `importlib.metadata` what is inside."""
        from importlib import metadata  # noqa: PLC0415 - only `doctor` asks

        wanted = getattr(context, "name", None)
        sealed = self._sealed

        class Inside(metadata.Distribution):
            """One distribution."""

            def __init__(self, folder: str) -> None:
                self._folder = folder

            def read_text(self, filename: str) -> str | None:
                """Return one of its files."""
                name = f"{self._folder}/{filename}"
                return sealed.read(name).decode() if name in sealed.entries else None

            def locate_file(self, path: object) -> object:  # type: ignore[override] # there is no such place
                """Say where a file would be."""
                return _PLACE + str(path)

        for name in sealed.entries:
            folder, _, last = name.partition("/")
            if last == "METADATA" and folder.endswith(".dist-info"):
                own = folder.partition("-")[0].lower().replace("_", "-")
                if wanted is None or str(wanted).lower().replace("_", "-") == own:
                    yield Inside(folder)

    def _library(self, name: str) -> int:
        """Return a descriptor of a library's bytes in memory that nobody can change."""
        if name not in self._libraries:
            self._libraries[name] = in_memory(name.rpartition("/")[2], self._sealed.read(name))
        return self._libraries[name]

    def prepare(self) -> None:
        """Put all libraries in memory: a process that is confined makes no more of it."""
        for name in self._sealed.entries:
            if name.endswith(".so"):
                self._library(name)


class StandardLibrary:
    """Finds the interpreter's own modules, in its own folders, and nothing else there."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = list(folders)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a module of the standard library."""
        if fullname.partition(".")[0] not in sys.stdlib_module_names:
            return None
        return PathFinder.find_spec(fullname, self._folders if path is None else path, target)


class Refuser:
    """Comes last: what nobody before found may come from nowhere else."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse."""
        del path, target
        raise ModuleNotFoundError(f"no module '{fullname}' is in this sealed file", name=fullname)


def take_over(sealed: Sealed) -> SealedFinder:
    """From now on import from the file and the interpreter's own library alone; return what finds things in it."""
    own = any(name.startswith("encodings/") for name in sealed.entries)  # the standard library is inside, too
    folders = [] if own else [folder for folder in sys.path if _is_standard(folder)]
    inside = SealedFinder(sealed)
    finders: list[object] = [BuiltinImporter, FrozenImporter, inside]
    if folders:
        finders.append(StandardLibrary(folders))
    finders.append(Refuser())
    sys.meta_path[:] = finders  # type: ignore[assignment] # classes among them have the same methods
    sys.path[:] = []
    if not folders:
        sys.path_hooks.clear()
    sys.path_importer_cache.clear()
    return inside


def _is_standard(folder: str) -> bool:
    base = os.path.realpath(sys.base_prefix)
    real = os.path.realpath(folder)
    return os.path.isdir(real) and real.startswith(base + "/") and "site-packages" not in real and real.find("/lib") > 0


def _complaint() -> str | None:
    """Say what is wrong with how the interpreter was started."""
    flags = sys.flags
    if not (flags.isolated and flags.no_site and flags.ignore_environment):
        return "start it as a program, or with: python3 -I -S -E -P -B FILE"
    if os.path.exists(os.path.join(os.path.dirname(sys.executable), "pyvenv.cfg")) or os.path.exists(
        os.path.join(os.path.dirname(os.path.dirname(sys.executable)), "pyvenv.cfg")
    ):
        return f"{sys.executable} is of a virtual environment, whose files anyone may have put there; use the system's"
    return None


def announce(sealed: Sealed, *, is_whole: bool) -> None:
    """Let the program know that it is sealed, and how its children start; see `running.py`."""
    boot = sealed.entries[BOOT]
    place = ModuleType("narrowgate_sealed")
    place.__dict__.update(
        fd=sealed.fd,
        is_whole=is_whole,
        boot=(boot.offset, boot.size),
        digest=hashlib.sha256(sealed.manifest).hexdigest(),
        key=KEY,
        read=sealed.read,
        names=tuple(sealed.entries),
    )
    sys.modules["narrowgate_sealed"] = place


def main() -> None:
    """Check, take over, and run the command or the child."""
    words = sys.argv[1:]
    is_child = words[:1] == [CHILD]
    is_whole = getattr(sys, "frozen", False)  # the interpreter is inside as well
    problem = None if is_whole else _complaint()
    if problem is not None:
        sys.stderr.write(f"narrowgate: {problem}\n")
        raise SystemExit(_REFUSED)
    for name in [name for name in os.environ if name.startswith(_HARMFUL) and not is_child]:
        del os.environ[name]
    if is_child:
        if not is_unchangeable(int(words[1])):
            raise Broken("it was not handed down in memory")
        sealed = Sealed(int(words[1]), KEY)  # all of it was checked by the process that started this one
    else:
        with open("/proc/self/exe" if is_whole else sys.argv[0], "rb") as file:
            sealed = Sealed(in_memory("narrowgate", file.read()), KEY)
        sealed.check()
    finder = take_over(sealed)
    announce(sealed, is_whole=is_whole)
    if is_child:
        sys.argv[:] = ["narrowgate", *words[2:]]
        finder.prepare()
        module = __import__("narrowgate.supervisor.child", fromlist=["main"])
    else:
        sys.argv[0] = "narrowgate"
        module = __import__("narrowgate.cli", fromlist=["main"])
    raise SystemExit(module.main())


if __name__ == "__main__":
    try:
        main()
    except Broken as broken:
        sys.stderr.write(f"narrowgate: this file is not what was signed: {broken.why}; get it anew\n")
        raise SystemExit(_REFUSED) from None
