"""Examine one distribution: every file of it is hashed, accounted for, and read for what it could reach."""

import hashlib
import re
import tomllib
from collections.abc import Mapping

import msgspec

from narrowgate.supply.contents import Contents, UnreadableError
from narrowgate.supply.distribution import Distribution, FileHash, Form, normal_name
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.import_time import at_import
from narrowgate.supply.markers import wishes_of
from narrowgate.supply.metadata import Metadata, Recorded, read_commands, read_metadata, read_record
from narrowgate.supply.native import is_native, scan_native
from narrowgate.supply.python_scan import Scan, scan_python
from narrowgate.supply.startup import is_startup, scan_startup

# Files that installers add, or that sign RECORD itself: no RECORD can hold their hashes.
_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_RUNS = (".py", ".pyw", ".pyc", ".pth", ".start", ".so", ".pyd", ".dll", ".dylib")
_DATA_FOLDER = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
_SCRIPTS = re.compile(r"(?:^|/)(?:bin|Scripts)/[^/]+$|\.data/scripts/[^/]+$")
_UNCHECKED_HASH = 0b01


class Origin(msgspec.Struct, frozen=True):
    """What is known of a distribution before its files are read. `info` is its folder of metadata, with a `/`."""

    name: str
    version: str
    form: Form
    info: str = ""
    archive_sha256: str = ""
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    commands: tuple[str, ...] = ()


def examine(contents: Contents, origin: Origin, environment: Mapping[str, str]) -> Distribution:
    """Return a distribution with all that its files show; `environment` are the values of markers."""
    examination = _Examination(contents, origin)
    for path in contents.paths():
        examination.take(path)
    metadata = examination.metadata
    return Distribution(
        name=normal_name(metadata.name or origin.name),
        version=metadata.version or origin.version,
        form=origin.form,
        findings=tuple(examination.findings()),
        wishes=wishes_of(list(metadata.requires), environment),
        is_requested=f"{origin.info}REQUESTED" in examination.present,
        commands=examination.commands,
        files=tuple(examination.hashes),
        size_bytes=examination.size_bytes,
        native_files=tuple(examination.native_files),
        needed_libraries=tuple(sorted(examination.needed)),
        license=metadata.license,
        archive_sha256=origin.archive_sha256,
        notes=origin.notes + examination.notes(),
    )


class _Examination:
    """What has been seen so far of one distribution."""

    def __init__(self, contents: Contents, origin: Origin) -> None:
        self._contents = contents
        self._origin = origin
        self.present = frozenset(contents.paths())
        self.metadata = Metadata()
        self.commands: tuple[str, ...] = origin.commands
        self.hashes: list[FileHash] = []
        self.size_bytes = 0
        self.native_files: list[str] = []
        self.needed: set[str] = set()
        self._scans: list[Scan] = []
        self._findings: list[Finding] = list(origin.findings)
        self._record = self._read_record()

    def take(self, path: str) -> None:
        """Read one file."""
        try:
            if self._is_cache(path):
                self._take_bytecode(path, self._contents.start(path))
                return
            data = self._contents.read(path)
        except UnreadableError as error:
            what = f"file that was not read ({error})"
            self._findings.append(Finding(Reach.UNRECORDED, what, path, weight=Weight.WARNING))
            return
        digest = hashlib.sha256(data).hexdigest()
        self.size_bytes += len(data)
        self.hashes.append(FileHash(path, digest))
        self._account(path, digest)
        self._classify(path, data)

    def _is_cache(self, path: str) -> bool:
        """Whether a file is bytecode that Python or the installer made, of which only the header matters."""
        is_hashed = self._record is not None and path in self._record and self._record[path].sha256 != ""
        return path.endswith(".pyc") and "__pycache__/" in path and not is_hashed

    def findings(self) -> list[Finding]:
        """Return everything found."""
        if self._record is not None:
            missing = sorted(set(self._record) - self.present)
            # Bytecode comes and goes by itself.
            gone = [path for path in missing if not path.endswith(".pyc")]
            self._findings += [Finding(Reach.UNRECORDED, "file that is gone", path) for path in gone]
        return [*self._findings, *at_import(self._scans)]

    def notes(self) -> tuple[str, ...]:
        """Return what should be known beside the findings."""
        if self._record is None and self._origin.form in {Form.INSTALLED, Form.WHEEL}:
            return ("there is no RECORD, so that its files cannot be accounted for",)
        return ()

    def _read_record(self) -> dict[str, Recorded] | None:
        path = f"{self._origin.info}RECORD"
        if not self._origin.info or path not in self.present:
            return None
        try:
            text = self._contents.read(path).decode("utf-8", "replace")
        except UnreadableError:
            return None
        return {entry.path.replace("\\", "/"): entry for entry in read_record(text)}

    def _account(self, path: str, digest: str) -> None:
        if self._record is None or path in {self._origin.info + name for name in _UNHASHED}:
            return
        entry = self._record.get(path)
        if entry is None:
            weight = Weight.WARNING if path.endswith(_RUNS) else Weight.NOTE
            self._findings.append(Finding(Reach.UNRECORDED, "file that RECORD does not name", path, weight=weight))
        elif entry.sha256 and entry.sha256 != digest:
            self._findings.append(Finding(Reach.UNRECORDED, "differs from its RECORD", path, weight=Weight.ALARM))
        elif not entry.sha256 and not path.endswith(".pyc"):
            words = f"hash in RECORD is of {entry.other}" if entry.other else "RECORD has no hash of it"
            weight = Weight.WARNING if path.endswith(_RUNS) else Weight.NOTE
            self._findings.append(Finding(Reach.UNRECORDED, words, path, weight=weight))

    def _classify(self, path: str, data: bytes) -> None:
        inside = _DATA_FOLDER.sub("", path)
        if self._origin.info and path.startswith(self._origin.info):
            self._take_information(path.removeprefix(self._origin.info), data)
        elif self._origin.form is Form.SDIST and path == "PKG-INFO":
            self._take_information(path, data)
        if is_startup(inside):
            self._findings += scan_startup(path, data)
        if path.endswith((".py", ".pyw")):
            self._take_module(path, inside, data)
        elif path.endswith(".pyc"):
            self._take_bytecode(path, data)
        elif is_native(path, data[:8]):
            machine = scan_native(path, data)
            self.native_files.append(path)
            self.needed.update(machine.needed)
            self._findings += machine.findings
        elif _SCRIPTS.search(path) and data[:2] == b"#!" and b"python" in data[:200].partition(b"\n")[0]:
            self._scans.append(_called_only(scan_python(path, data, f"<{path}>")))

    def _take_information(self, name: str, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        if name in {"METADATA", "PKG-INFO"}:
            self.metadata = read_metadata(text)
        elif name == "entry_points.txt":
            self.commands = read_commands(text)

    def _take_module(self, path: str, inside: str, data: bytes) -> None:
        parts = inside.removesuffix(".pyw").removesuffix(".py").split("/")
        is_package = parts[-1] == "__init__"
        module = ".".join(parts[:-1] if is_package else parts)
        scan = scan_python(path, data, module, is_package=is_package)
        if self._origin.form is Form.SDIST and inside == "setup.py":
            what = "setup.py runs when it is installed"
            self._findings.append(Finding(Reach.BUILD, what, path, 1, Weight.WARNING))
        elif parts[-1] == "__main__" or _SCRIPTS.search(path):
            scan = _called_only(scan)
        self._scans.append(scan)

    def _take_bytecode(self, path: str, data: bytes) -> None:
        if int.from_bytes(data[4:8], "little") == _UNCHECKED_HASH:
            what = "bytecode that Python never compares with its source"
            self._findings.append(Finding(Reach.HIDDEN, what, path, weight=Weight.WARNING))
        folder = path.rpartition("/")[0]
        if folder.rpartition("/")[2] == "__pycache__":
            return
        if f"{path[:-1]}" not in self.present:
            what = "bytecode without its source"
            self._findings.append(Finding(Reach.HIDDEN, what, path, weight=Weight.WARNING))


def build_hooks(path: str, pyproject: bytes) -> list[Finding]:
    """Return what a source archive's pyproject.toml has run when it is installed."""
    try:
        table = tomllib.loads(pyproject.decode()).get("build-system", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return [Finding(Reach.BUILD, "pyproject.toml that cannot be read", path, 0, Weight.WARNING)]
    if not isinstance(table, dict):
        return []
    found = []
    if isinstance(backend := table.get("build-backend"), str):
        found.append(Finding(Reach.BUILD, f"built by {backend}", path))
    if table.get("backend-path"):
        found.append(Finding(Reach.BUILD, "built by code of its own", path, 0, Weight.WARNING))
    return found


def _called_only(scan: Scan) -> Scan:
    """Return a scan of what no import runs: programs, `__main__`."""
    return msgspec.structs.replace(scan, uses=tuple(("", finding) for _, finding in scan.uses), calls={})
