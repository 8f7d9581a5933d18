"""What must stay open for a process that dials origins: ports, resolver, authorities. Standard library only."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from narrowgate.adapters.upstream.origins import OriginTable
from narrowgate.adapters.upstream.reachable import is_address
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.resolving import DNS_PORT, authority_files, resolver_files

_PROXY_PORT = 3128


def openings_of(origins: Sequence[OriginTable]) -> Openings:
    """Return the least that a process needs to reach `origins`."""
    ends = list(_ends(origins))
    ports = {port for _, port in ends}
    if not all(is_address(host) for host, _ in ends):
        ports.add(DNS_PORT)  # for answers too long for UDP
    authorities = authority_files(origin.ca_file for origin in origins)
    return Openings(read=(*resolver_files(), *authorities), connect_ports=frozenset(ports))


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
