"""What may be said about fetching, beyond types and bounds; and its place among the origins."""

import re
from collections.abc import Iterator

from narrowgate.config.complaint import Complaint, item_path, quoted
from narrowgate.config.schema import Fetch
from narrowgate.config.snapshot import Origin

_HOST = re.compile(r"(?:\*\.)?(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")
_MOST_AT_ONCE = 64


def fetch_complaints(fetch: Fetch) -> Iterator[Complaint]:
    """Complain about hosts that are none, and about a network that would lie open."""
    for index, host in enumerate(fetch.hosts):
        match = _HOST.fullmatch(host)
        if match is None or (match[1] and not 0 < int(match[1]) <= 65_535):
            path = item_path("fetch.hosts", index)
            yield Complaint(path, f"{quoted(host)} is not a host", "write host, host:8443 or *.example.com")
    if fetch.allow_private and not fetch.hosts:
        problem = "would let every client reach every host of this network"
        yield Complaint("fetch.allow_private", problem, "list the hosts that may be reached in fetch.hosts")


def fetch_origin(fetch: Fetch) -> tuple[Origin, ...]:
    """Return the entry of the table of origins that stands for what may be fetched, none when nothing may."""
    if not fetch.enabled:
        return ()
    entry = Origin(
        name="fetch",
        scheme="https",
        host="",
        port=443,
        path_prefix="",
        headers=(),
        ca_file="",
        proxy="",
        max_connections=_MOST_AT_ONCE,
        connect_timeout_s=fetch.timeout_s,
        fetch=fetch,
    )
    return (entry,)
