"""The table of origins as the process that dials holds it. Standard library only."""

import json
from dataclasses import dataclass

from narrowgate.adapters.upstream.fetch_rules import FetchRules, read_rules
from narrowgate.signing.sigv4 import Credentials


@dataclass(frozen=True, slots=True, repr=False)
class OriginTable:
    """One origin, its `head_lines` (host, credentials) ready to be sent.

    `path_prefix` is what every request target must start with. With `aws` every request is signed for
    `authority` (host, and port if unusual) in `aws_region`. `allow_private` lets a name lead to an
    address of this network. With `fetch` it is no origin but the way to whatever these rules allow.
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
    aws: Credentials | None = None
    aws_region: str = ""
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
    headers, aws, fetch = entry["headers"], entry.get("aws"), entry.get("fetch")
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
        aws=_credentials(aws) if isinstance(aws, dict) else None,
        aws_region=str(aws["region"]) if isinstance(aws, dict) else "",
        allow_private=entry.get("allow_private") is True,
        fetch=read_rules(fetch) if isinstance(fetch, dict) else None,
    )


def _credentials(keys: dict[str, object]) -> Credentials:
    token = str(keys.get("session_token") or "") or None
    return Credentials(str(keys["access_key_id"]), str(keys["secret_access_key"]), token)
