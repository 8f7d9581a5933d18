"""The table of origins as the process that dials holds it. Standard library only."""

import json
from dataclasses import dataclass

from narrowgate.adapters.upstream.fetch_rules import FetchRules, read_rules
from narrowgate.signing.identities import Identity, identity_of


@dataclass(frozen=True, slots=True, repr=False)
class OriginTable:
    """One origin, its `head_lines` (host, credentials) ready to be sent.

    `path_prefix` is what every request target must start with. With `identity` every request is proved by its
    credentials: AWS's sign it for `authority` (host, and port if unusual) in `region`, others are sent along.
    `allow_private` lets a name lead to an address of this network. With `fetch` it is no origin but the way to
    whatever these rules allow.
    """

    name: str
    scheme: str
    host: str
    port: int
    path_prefix: bytes
    head_lines: bytes
    ca_file: str
    proxy: str
    max_connections: int
    connect_timeout_s: float
    authority: str = ""
    identity: Identity | None = None
    region: str = ""
    allow_private: bool = False
    fetch: FetchRules | None = None

    def __repr__(self) -> str:
        return f"<origin {self.name}>"


def read_origins(document: bytes) -> list[OriginTable]:
    """Read the table the supervisor hands over: a JSON array of `Origin` objects."""
    return [_origin(entry) for entry in json.loads(document)]


def _origin(entry: dict[str, object]) -> OriginTable:
    scheme, host, port = str(entry["scheme"]), str(entry["host"]), int(str(entry["port"]))
    is_usual_port = port == (443 if scheme == "https" else 80)
    shown_host = f"[{host}]" if ":" in host else host
    authority = shown_host if is_usual_port else f"{shown_host}:{port}"
    lines = [f"host: {authority}\r\n"]
    headers, identity, fetch = entry["headers"], entry.get("identity"), entry.get("fetch")
    assert isinstance(headers, list)
    lines += [f"{name}: {value}\r\n" for name, value in headers]
    return OriginTable(
        name=str(entry["name"]),
        scheme=scheme,
        host=host,
        port=port,
        path_prefix=str(entry["path_prefix"]).encode("ascii"),
        head_lines="".join(lines).encode("latin-1"),
        ca_file=str(entry["ca_file"]),
        proxy=str(entry["proxy"]),
        max_connections=int(str(entry["max_connections"])),
        connect_timeout_s=float(str(entry["connect_timeout_s"])),
        authority=authority,
        identity=identity_of(identity) if isinstance(identity, dict) else None,
        region=str(entry.get("region", "")),
        allow_private=entry.get("allow_private") is True,
        fetch=read_rules(fetch) if isinstance(fetch, dict) else None,
    )
