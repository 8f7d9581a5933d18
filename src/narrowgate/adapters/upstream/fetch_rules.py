"""What may be fetched of what clients named by URL. Standard library only.

Decided in the process that dials, and not by who asks: an edge that was turned must not reach more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from narrowgate.adapters.upstream.reachable import is_address, is_chosen, is_public

_LINE = re.compile(
    rb"GET (https?)://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?(/[\x21-\x7e]*) HTTP/1\.1\r\n"
)
_LINE_LIMIT_BYTES = 8_192
_PORTS: Mapping[str, int] = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class FetchRules:
    """What may be fetched. `hosts` are host[:port] or *.domain; empty: any host that is public, at the usual port."""

    hosts: tuple[str, ...] = ()
    is_http_allowed: bool = False
    allow_private: bool = False

    def ports(self) -> frozenset[int]:
        """Return the ports that may be connected to."""
        schemes = ("https", "http") if self.is_http_allowed else ("https",)
        named = (host.rpartition(":")[2] for host in self.hosts)
        return frozenset({*(_PORTS[scheme] for scheme in schemes), *(int(port) for port in named if port.isdigit())})


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """One address that may be fetched."""

    scheme: str
    host: str
    port: int
    path: bytes

    @property
    def authority(self) -> str:
        """Return what the host header says."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _PORTS[self.scheme] else f"{shown}:{self.port}"


class NotAllowed(Exception):
    """The rules forbid to fetch this; the words hold nothing of the address."""


def read_rules(entry: Mapping[str, object]) -> FetchRules:
    """Return the rules as the supervisor hands them over."""
    hosts = entry.get("hosts")
    assert isinstance(hosts, list)
    return FetchRules(tuple(map(str, hosts)), entry.get("allow_http") is True, entry.get("allow_private") is True)


def target_of(request_line: bytes, rules: FetchRules) -> FetchTarget:
    """Return where a request line (`GET https://host/path HTTP/1.1`) leads.

    Raises:
        NotAllowed: it is none, or the rules forbid it.
    """
    match = _LINE.fullmatch(request_line) if len(request_line) <= _LINE_LIMIT_BYTES else None
    if match is None:
        raise NotAllowed("this is not the address of something to fetch")
    scheme, host = match[1].decode(), match[2].decode().strip("[]").lower().rstrip(".")
    port = int(match[3]) if match[3] else _PORTS[scheme]
    if scheme == "http" and not rules.is_http_allowed:
        raise NotAllowed("only https is fetched")
    if not (_is_listed(host, port, rules.hosts) if rules.hosts else port == _PORTS[scheme]):
        raise NotAllowed("the host is not one of those that may be fetched from")
    if not rules.allow_private and is_chosen(host) and not (is_address(host) and is_public(host)):
        raise NotAllowed("the host is not public")
    return FetchTarget(scheme, host, port, match[4])


def _is_listed(host: str, port: int, hosts: tuple[str, ...]) -> bool:
    for listed in hosts:
        name, colon, wanted = listed.lower().rpartition(":")
        if not colon or not wanted.isdigit():
            name, wanted = listed.lower(), ""
        is_port = port == int(wanted) if wanted else port in _PORTS.values()
        is_host = host.endswith(name[1:]) if name.startswith("*.") else host == name.strip("[]")
        if is_port and is_host:
            return True
    return False
