"""What a Python module could reach, from its source.

The source is parsed, never compiled to code nor run. What a name stands for is worked out by
`python_names`. Not seen: what is computed from outside (`getattr(os, sys.argv[1])`; that it is
computed is reported), and what C code does on Python's behalf (`native` looks at that).
"""

import ast
import functools
import re
import warnings
from collections.abc import Iterator

import msgspec

from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.letters import scan_letters
from narrowgate.supply.python_names import Scope
from narrowgate.supply.python_reader import Reader
from narrowgate.supply.python_walk import Walk

LONGEST_SOURCE = 16_000_000
# How many texts with code in them may be inside of one another.
_DEEPEST = 4
# Encodings in which source says something else than its bytes show to whoever reads them.
_ODD_ENCODING = re.compile(r"utf[-_]?7|escape|punycode|idna|rot|hex|base|zip|zlib|bz2|uu")
# Of these a mention in passing is ordinary; what counts is the collection.
_ENOUGH_CREDENTIALS = 3
# A module that cannot be parsed is searched for the plainest words.
_PLAIN_WORDS: tuple[tuple[re.Pattern[str], Reach, str], ...] = tuple(
    (re.compile(pattern), reach, what)
    for pattern, reach, what in (
        (
            r"\bsubprocess\.|\bos\.(?:system|popen|fork|exec\w+|posix_spawnp?)\b",
            Reach.PROCESS,
            "names subprocess or os.system",
        ),
        (
            r"\bsocket\.socket\b|\burlopen\b|\brequests\.(?:get|post)\b|\bhttpx\.",
            Reach.NETWORK,
            "names sockets or URLs",
        ),
        (r"\b(?:exec|eval)\s*\(|\b__import__\b", Reach.DYNAMIC, "names exec, eval or __import__"),
        (r"\bos\.environ\b|\bgetenv\b", Reach.ENVIRONMENT, "names os.environ"),
        (r"\bctypes\b", Reach.NATIVE, "names ctypes"),
    )
)


class Scan(msgspec.Struct, frozen=True):
    """What one module showed: findings by the scope that runs them, and who calls whom.

    Scopes go by their dotted name, the module's own scope by the module's; what is only named, and
    happens when somebody else calls it, has the scope "". `calls` holds names of
    functions, local or imported; `names` what the module's own names stand for, so that a function
    can be followed to where it is defined.
    """

    module: str
    uses: tuple[tuple[str, Finding], ...] = ()
    calls: dict[str, frozenset[str]] = {}
    names: dict[str, str] = {}


def scan_python(file: str, data: bytes, module: str, *, is_package: bool = False) -> Scan:
    """Return what a module's source shows; whatever the bytes are, a `Scan` and no exception."""
    if len(data) > LONGEST_SOURCE:
        what = "source too long to be read"
        return Scan(module, ((module, Finding(Reach.HIDDEN, what, file, 0, Weight.WARNING)),))
    source = decoded(data)
    if source is None or _ODD_ENCODING.search(_declared(data)):
        what = "source in an encoding that hides it"
        hidden = Scan(module, ((module, Finding(Reach.HIDDEN, what, file, 1, Weight.WARNING)),))
        if source is None:
            return hidden
        scan = _scan(file, source, module, _Place(is_package=is_package))
        return msgspec.structs.replace(scan, uses=hidden.uses + scan.uses)
    return _scan(file, source, module, _Place(is_package=is_package))


def decoded(data: bytes) -> str | None:
    """Return Python source as text, by its own declaration of its encoding."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    encoding = _declared(data) or "utf-8"
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return data.decode("latin-1") if encoding == "utf-8" else None


class _Place(msgspec.Struct, frozen=True):
    """Where source was found: how many wrappings deep, and on which line of the file."""

    depth: int = 0
    line: int = 0
    is_package: bool = False


def _scan(file: str, source: str, module: str, place: _Place) -> Scan:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in other people's strings
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Scan(module, tuple((module, finding) for finding in _unparsed(file, source, place.line)))
    walk = Walk(tree, module, is_package=place.is_package)
    reader = Reader(file, walk, place.line, functools.partial(_inner, file, place.depth))
    uses = [("" if scope is None else scope.runs_in.name, finding) for scope, finding in reader.read()]
    if place.depth == 0:
        uses += [(module, finding) for finding in scan_letters(file, source, walk.statements, walk.identifiers)]
    uses += [(module, finding) for finding in _combined(file, [finding for _, finding in uses])]
    calls = {name: frozenset(called) for name, called in reader.calls.items()}
    if walk.root.effort.is_spent:
        uses.append((module, Finding(Reach.HIDDEN, "names too intricate to be followed", file, 0, Weight.WARNING)))
    names = _names(walk.root)
    walk.release()
    return Scan(module, tuple(dict.fromkeys(uses)), calls, names)


def _inner(file: str, depth: int, code: str, line: int) -> list[Finding]:
    """Return what code shows that stands in a text on a line of a file."""
    if depth >= _DEEPEST:
        return [Finding(Reach.HIDDEN, "code in code in code", file, line, Weight.WARNING)]
    return [finding for _, finding in _scan(file, code, "<inner>", _Place(depth=depth + 1, line=line)).uses]


def _declared(data: bytes) -> str:
    declared = re.match(rb"(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)", data[:500])
    return declared[1].decode("ascii", "replace").lower() if declared else ""


def _names(root: Scope) -> dict[str, str]:
    """Return what the module's own names stand for, as far as that is somewhere else."""
    found = {}
    for name, values in root.bindings.items():
        for value in values:
            if isinstance(value, str) and value != f"{root.name}.{name}":
                found[name] = value
    return found


def _combined(file: str, findings: list[Finding]) -> Iterator[Finding]:
    """Yield what several findings in one module mean together."""
    what = "credentials of several kinds, and a way out"
    kinds = {finding.what: finding.line for finding in findings if finding.reach is Reach.CREDENTIALS}
    sends = any(finding.reach in {Reach.NETWORK, Reach.PROCESS, Reach.DYNAMIC} for finding in findings)
    is_told = any(name.startswith(what) for name in kinds)  # of code inside of a text
    if len(kinds) >= _ENOUGH_CREDENTIALS and sends and not is_told:
        yield Finding(Reach.CREDENTIALS, what, file, min(kinds.values()), Weight.ALARM)


def _unparsed(file: str, source: str, line: int) -> Iterator[Finding]:
    yield Finding(Reach.HIDDEN, "source that this Python cannot parse", file, line)
    for pattern, reach, what in _PLAIN_WORDS:
        if found := pattern.search(source):
            yield Finding(reach, what, file, line or source.count("\n", 0, found.start()) + 1)
