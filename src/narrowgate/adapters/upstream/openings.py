"""What must stay open for a process that dials origins: ports, resolver, authorities. Standard library only."""

import os
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from narrowgate.adapters.upstream.origins import OriginTable
from narrowgate.adapters.upstream.reachable import is_address, is_chosen
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.resolving import DNS_PORT, authority_files, resolver_files
from narrowgate.signing.identities import file_of, urls_of

_PROXY_PORT = 3128


def openings_of(origins: Sequence[OriginTable]) -> Openings:
    """Return the least that a process needs to reach `origins`."""
    ends = list(_ends(origins))
    ports = {port for _, port in ends}
    if not all(is_address(host) for host, _ in ends):
        ports.add(DNS_PORT)  # for answers too long for UDP
    authorities = authority_files(origin.ca_file for origin in origins)
    files = (*resolver_files(), *authorities, *_token_folders(origins))
    return Openings(read=files, connect_ports=frozenset(ports))


def proxy_end(url: str) -> tuple[str, int, bool]:
    """Return a proxy's host, port, and whether it is spoken to over TLS."""
    proxy = urlsplit(url)
    is_tls = proxy.scheme == "https"
    return proxy.hostname or "", proxy.port or (443 if is_tls else _PROXY_PORT), is_tls


def _ends(origins: Sequence[OriginTable]) -> Iterator[tuple[str, int]]:
    """Yield whom this process connects to itself: the origin, or the proxy before it."""
    for origin in origins:
        if origin.fetch is not None:
            yield from (("", port) for port in origin.fetch.ports())
            continue
        yield proxy_end(origin.proxy)[:2] if origin.proxy else (origin.host, origin.port)
        for url in urls_of(origin.identity) if origin.identity is not None else ():
            parts = urlsplit(url)
            host = parts.hostname or ""
            if is_chosen(host) or not origin.proxy:
                yield host, parts.port or (443 if parts.scheme == "https" else 80)


def _token_folders(origins: Sequence[OriginTable]) -> Iterator[str]:
    """Yield the folders of token files: their issuers replace the files, Kubernetes by way of links in there."""
    for origin in origins:
        file = file_of(origin.identity) if origin.identity is not None else ""
        if file:
            yield os.path.dirname(file)  # noqa: PTH120 - of a path that need not exist
