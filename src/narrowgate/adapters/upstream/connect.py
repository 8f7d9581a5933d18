"""Connect a socket to a host by whichever of its addresses answers first, and begin TLS. Standard library only."""

import asyncio
import socket
import ssl

from narrowgate.adapters.upstream.reachable import is_chosen, is_public

# How long the first address may take before the next one is tried beside it (RFC 8305).
_HAPPY_EYEBALLS_S = 0.25

_Where = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
_Place = tuple[int, _Where]


class PrivateAddress(Exception):
    """A name leads into this network, and nobody said that it may; nothing was sent there."""


async def connect(host: str, port: int, *, allow_private: bool = False) -> socket.socket:
    """Connect to the first address that answers, each tried beside the ones before it (RFC 8305).

    Raises:
        OSError: none answers; that of the last one that failed.
        PrivateAddress: the host is a name, it has private addresses only, and that is not allowed.
    """
    places = _interleaved(_allowed(host, await _resolve(host, port), allow_private=allow_private))
    racing: set[asyncio.Task[socket.socket]] = set()
    error = OSError("no address is known")
    try:
        for number, (family, where) in enumerate(places, 1):
            racing.add(asyncio.get_running_loop().create_task(_connect_to(family, where)))
            while racing:
                wait_s = _HAPPY_EYEBALLS_S if number < len(places) else None
                done, racing = await asyncio.wait(racing, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
                winner: socket.socket | None = None
                for task in done:
                    failure = task.exception()
                    if failure is None:
                        _keep_one(winner)
                        winner = task.result()
                    elif isinstance(failure, OSError):
                        error = failure
                if winner is not None:
                    return winner
                if number < len(places):
                    break
    finally:
        for task in racing:
            task.cancel()
            task.add_done_callback(_close_late)
    raise error


async def shake_hands(sock: socket.socket, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    """Begin TLS. A stream cut without TLS's own goodbye counts as broken, not as ended."""
    wrapped = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False, suppress_ragged_eofs=False)
    try:
        while True:
            try:
                wrapped.do_handshake()
            except ssl.SSLWantReadError:
                await _readable(wrapped)
            except ssl.SSLWantWriteError:
                await _writable(wrapped)
            else:
                return wrapped
    except BaseException:
        wrapped.close()
        raise


def _keep_one(other: socket.socket | None) -> None:
    if other is not None:
        other.close()


def _close_late(task: "asyncio.Task[socket.socket]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _connect_to(family: int, where: _Where) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


async def _resolve(host: str, port: int) -> list[_Place]:
    loop = asyncio.get_running_loop()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:  # a name: asking for it takes a thread
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(int(family), where) for family, _, _, _, where in found]


def _allowed(host: str, places: list[_Place], *, allow_private: bool) -> list[_Place]:
    """Return the addresses that may be connected to: these very ones, nobody asks for them again.

    A host that is an address is what somebody wrote down on purpose. What a name leads to is for
    whoever runs its domain to say, and may change between two calls (DNS rebinding).
    """
    if allow_private or is_chosen(host):
        return places
    public = [place for place in places if is_public(str(place[1][0]))]
    if places and not public:
        raise PrivateAddress("the name leads to a private address; set allow_private for the provider if it may")
    return public


def _interleaved(places: list[_Place]) -> list[_Place]:
    """Take the families in turn, so that one that leads nowhere delays the other once only."""
    first = [place for place in places if place[0] == places[0][0]]
    others = [place for place in places if place[0] != places[0][0]]
    mixed = [place for pair in zip(first, others, strict=False) for place in pair]
    shorter = min(len(first), len(others))
    return mixed + first[shorter:] + others[shorter:]


async def _readable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sock.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock.fileno())


async def _writable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(sock.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(sock.fileno())
