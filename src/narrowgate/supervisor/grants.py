"""What the supervisor may ask the launcher for: what the configuration's text names. Standard library only.

The supervisor reads the configuration with code of others. Were that turned, it could ask for anything; so what it
asks for is held against the text itself, which needs no reading: a path, an address or a host must stand in it.
"""

import json
import marshal
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import CodeType
from urllib.parse import urlsplit

from narrowgate.sandbox.landlock import RANDOM, Openings
from narrowgate.sandbox.profile import Role
from narrowgate.sandbox.resolving import authority_files, resolver_files
from narrowgate.sealed.running import place
from narrowgate.signing.identities import file_of, identity_of, urls_of

_MERGED = re.compile(rb"custody[\"']?[ \t]*:[ \t]*[\"']?merged")
_STARTED = frozenset({Role.EDGE, Role.MERGED_EDGE, Role.EGRESS, Role.CONTROL, Role.RECORDER})
# They dial providers, and so get their keys.
DIALLING = frozenset({Role.EGRESS, Role.MERGED_EDGE})
# They keep the database.
KEEPING = frozenset({Role.CONTROL, Role.RECORDER})


class NotGranted(Exception):
    """The supervisor asks for what the configuration does not name."""


class Grants:
    """Decides by the configuration's text (`text` returns it) and the environment. `data` is the data directory."""

    def __init__(
        self,
        text: Callable[[], bytes],
        environment: Mapping[str, str],
        data: str,
        own_code: Callable[[], bytes] | None = None,
    ) -> None:
        self._text = text
        self._environment = environment
        self._data = data
        self._own_code = own_code or own_code_bytes

    def path(self, path: str) -> None:
        """Grant a file or socket that is named.

        Raises:
            NotGranted: it is not.
        """
        if not path.strip("/") or not self._names(path, b""):
            raise NotGranted(f"'{path}'")

    def folder(self, path: str) -> None:
        """Grant a named file, or the folder that one lies in: what is mounted there is replaced as a whole.

        Raises:
            NotGranted: it is neither.
        """
        if not path.strip("/") or not (self._names(path, b"") or self._names(path, rb"/[\w.-]+")):
            raise NotGranted(f"'{path}'")

    def _names(self, path: str, more: bytes) -> bool:
        word = re.escape(os.fsencode(path)) + more
        pattern = rb"(?:(?<![\w./~-])|(?<=file://))" + word + rb"(?![\w./~-])"
        around = b"\n".join(map(os.fsencode, self._environment.values()))
        return re.search(pattern, self._text() + b"\n" + around) is not None

    def child(self, role: Role, openings: Openings) -> None:
        """Grant a process no more than its role needs.

        Raises:
            NotGranted: it would have more.
        """
        if role not in _STARTED:
            raise NotGranted(f"a process of the kind {role.value}")
        is_merged = self._environment.get("NARROWGATE_CUSTODY") == "merged" or _MERGED.search(self._text())
        if role is Role.MERGED_EDGE and not is_merged:
            raise NotGranted("an edge that has keys")
        if openings.connect_ports and role not in DIALLING:
            raise NotGranted(f"connections of {role.value}")
        if any(path != self._data or role not in KEEPING for path in openings.write):
            raise NotGranted(f"files to write for {role.value}")
        usual = {*RANDOM, *resolver_files(), *authority_files(())} if openings.read else set()
        for path in openings.read:
            if path not in usual:
                (self.folder if role in DIALLING else self.path)(path)

    def origins(self, table: bytes) -> None:
        """Grant that keys go to these hosts: named ones, and those that our own code knows; tokens from named files.

        Raises:
            NotGranted: one is neither, or this is no table.
        """
        code = b""
        hosts, files = _hosts_and_files(table)
        for file in files:
            self.path(file)
        for host in hosts:
            if not host:  # any host, for clients' media; it carries no key
                if b"fetch" not in self._text():
                    raise NotGranted("fetching from any host")
                continue
            name = re.escape(host.encode())
            around = b"\n".join(map(os.fsencode, self._environment.values()))
            if re.search(rb"(?<![\w.-])" + name + rb"(?![\w.-])", self._text() + b"\n" + around):
                continue
            code = code or self._own_code()
            if not re.search(rb"//" + name + rb"(?![\w.-])", code) and not _is_in_two_pieces(host, code):
                raise NotGranted(f"keys for '{host}'")


def _is_in_two_pieces(host: str, code: bytes) -> bool:
    """Whether our own code makes such an address, with a region or an account in the middle or in front of a hyphen."""
    first, _, rest = host.encode().partition(b".")
    region, hyphen, service = first.rpartition(b"-")
    behind = re.escape(hyphen + service + b"." + rest)
    if region and rest.count(b".") and re.search(rb"(?<![\w.-])" + behind + rb"(?![\w.-])", code):
        return True
    last = rest.split(b".")[-2:]
    if len(last) != 2:
        return False
    ends = re.escape(b"." + b".".join(last)) + rb"(?![\w.-])"
    return b"//" + first + b"." in code and re.search(ends, code) is not None


def _hosts_and_files(table: bytes) -> tuple[set[str], set[str]]:
    """Return what a table of origins wants keys sent to, and the files that it wants tokens from.

    Raises:
        NotGranted: it is none.
    """
    try:
        entries = json.loads(table)
        identities = [identity_of(entry["identity"]) for entry in entries if entry.get("identity")]
        hosts = {str(entry["host"]) for entry in entries}
        if any(entry["headers"] for entry in entries if not entry["host"]):
            raise NotGranted("keys for any host")
        hosts |= {urlsplit(str(entry["proxy"])).hostname or "?" for entry in entries if entry["proxy"]}
        hosts |= {urlsplit(url).hostname or "?" for identity in identities for url in urls_of(identity)}
    except (AssertionError, AttributeError, KeyError, TypeError, ValueError):
        raise NotGranted("a table of origins that is none") from None
    return hosts, {file for file in map(file_of, identities) if file}


def own_code_bytes() -> bytes:
    """Return all texts in our own code, to look for addresses in."""
    sealed = place()
    if sealed is not None:
        inside = (name for name in sealed.names if name.startswith("narrowgate/") and name.endswith(".pyc"))
        return "\n".join(text for name in inside for text in _texts(marshal.loads(sealed.read(name)))).encode(  # noqa: S302 - signed
            "utf-8", "surrogatepass"
        )
    root = Path(__file__).resolve().parents[1]
    return b"".join(path.read_bytes() for path in sorted(root.rglob("*.py")))


def _texts(value: object) -> Iterator[str]:
    """Yield every text among the constants of compiled code."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, CodeType):
        yield from _texts(value.co_consts)
    elif isinstance(value, tuple | frozenset):
        for one in value:
            yield from _texts(one)
