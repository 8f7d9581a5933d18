"""What the supervisor may ask the launcher for: what the configuration's text names. Standard library only.

The supervisor reads the configuration with code of others. Were that turned, it could ask for anything; so what it
asks for is held against the text itself, which needs no reading: a path, an address or a host must stand in it.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from narrowgate.sandbox.landlock import RANDOM, Openings
from narrowgate.sandbox.profile import Role
from narrowgate.sandbox.resolving import authority_files, resolver_files
from narrowgate.sealed.running import place

_MERGED = re.compile(rb"custody[\"']?[ \t]*:[ \t]*[\"']?merged")
_STARTED = frozenset({Role.EDGE, Role.MERGED_EDGE, Role.EGRESS, Role.CONTROL, Role.RECORDER})
_DIALLING = frozenset({Role.EGRESS, Role.MERGED_EDGE})
_KEEPING = frozenset({Role.CONTROL, Role.RECORDER})


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
        if not path.strip("/") or not (os.fsencode(path) in self._text() or path in self._environment.values()):
            raise NotGranted(f"'{path}'")

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
        if openings.connect_ports and role not in _DIALLING:
            raise NotGranted(f"connections of {role.value}")
        if any(path != self._data or role not in _KEEPING for path in openings.write):
            raise NotGranted(f"files to write for {role.value}")
        usual = {*RANDOM, *resolver_files(), *authority_files(())} if openings.read else set()
        for path in openings.read:
            if path not in usual:
                self.path(path)

    def origins(self, table: bytes) -> None:
        """Grant that keys go to these hosts: named ones, and those that our own code knows.

        Raises:
            NotGranted: one is neither, or this is no table.
        """
        code = b""
        for host in _hosts(table):
            name = host.encode()
            if name in self._text() or any(host in value for value in self._environment.values()):
                continue
            code = code or self._own_code()
            first, _, rest = name.partition(b".")
            last = b"." + b".".join(rest.split(b".")[-2:])
            # An address with a region in it stands in the code in two pieces.
            if b"//" + name not in code and not (b"//" + first + b"." in code and last in code and rest):
                raise NotGranted(f"keys for '{host}'")


def _hosts(table: bytes) -> set[str]:
    try:
        entries = json.loads(table)
        hosts = {str(entry["host"]) for entry in entries}
        hosts |= {urlsplit(str(entry["proxy"])).hostname or "?" for entry in entries if entry["proxy"]}
    except (KeyError, TypeError, ValueError):
        raise NotGranted("a table of origins that is none") from None
    return hosts


def own_code_bytes() -> bytes:
    """Return all of our own code, to look for addresses in."""
    sealed = place()
    if sealed is not None:
        return b"".join(sealed.read(name) for name in sealed.names if name.startswith("narrowgate/"))
    root = Path(__file__).resolve().parents[1]
    return b"".join(path.read_bytes() for path in sorted(root.rglob("*.py")))
