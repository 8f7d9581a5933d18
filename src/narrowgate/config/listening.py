"""What may be said about the listener, beyond types and bounds."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from narrowgate.config.address import is_host
from narrowgate.config.complaint import Complaint, item_path, quoted
from narrowgate.config.schema import Listen

# Linux: sizeof sun_path is 108, its last byte a NUL. https://man7.org/linux/man-pages/man7/unix.7.html
_MOST_SOCKET_PATH_BYTES = 107


def listen_complaints(listen: Listen) -> Iterator[Complaint]:
    """Complain about addresses and files that cannot be meant."""
    if not is_host(listen.host):
        yield Complaint("listen.host", f"{quoted(listen.host)} is not a host", "write an address of this machine")
    if len(listen.unix_socket.encode()) > _MOST_SOCKET_PATH_BYTES:
        problem = f"is longer than the {_MOST_SOCKET_PATH_BYTES} bytes a socket's path may have"
        yield Complaint("listen.unix_socket", problem, "choose a shorter one")
    if listen.tls is not None:
        for field, file in (("certificate", listen.tls.certificate), ("private_key", listen.tls.private_key)):
            if not file:
                yield Complaint(f"listen.tls.{field}", "is empty", "name a PEM file")
    for index, text in enumerate(listen.trusted_proxies):
        yield from _network_complaints(text, item_path("listen.trusted_proxies", index))
    for index, text in enumerate(listen.cors.origins):
        if text != "*" and not _is_origin(text):
            path = item_path("listen.cors.origins", index)
            yield Complaint(path, f"{quoted(text)} is not an origin", "write it as https://app.example, or '*'")


def _network_complaints(text: str, path: str) -> Iterator[Complaint]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        yield Complaint(path, f"{quoted(text)} is not a network", "write it as 10.0.0.0/8 or 10.1.2.3")
        return
    if "/" in text and str(network.network_address) != str(ipaddress.ip_interface(text).ip):
        yield Complaint(path, f"{quoted(text)} is an address within a network", f"write {network}")


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"}
            and is_host(parts.hostname or "")
            and parts.port != 0
            and text == f"{parts.scheme}://{parts.netloc}"
            and "@" not in parts.netloc
            and text == text.lower()
        )
    except ValueError:
        return False
