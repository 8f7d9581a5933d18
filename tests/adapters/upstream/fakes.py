"""A provider on loopback for asyncio tests, and a receiver that remembers."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from narrowgate.adapters.upstream.dial import Address

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Heard:
    """Implements Receiver."""

    def __init__(self) -> None:
        self.data = b""
        self.said: list[str] = []
        self.is_over = asyncio.Event()
        self.has_data = asyncio.Event()

    def received(self, data: bytes) -> None:
        self.data += data
        self.has_data.set()

    def ended(self) -> None:
        self.said.append("ended")
        self.is_over.set()

    def failed(self, stage: str, message: str) -> None:
        self.said.append(f"{stage}: {message}")
        self.is_over.set()

    def pause_body(self) -> None:
        self.said.append("pause")

    def resume_body(self) -> None:
        self.said.append("resume")


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every piece with itself."""
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def listen(serve: Serve) -> tuple[asyncio.Server, Address]:
    """Serve on a loopback port; return its address."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, address(server.sockets[0].getsockname()[1])


def address(port: int, proxy: str = "") -> Address:
    return Address("p", "127.0.0.1", port, None, proxy, 2.0)


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def ended(server: asyncio.Server) -> None:
    """Serve no more, and wait until everything that was served has noticed."""
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=1)
    await asyncio.sleep(0)
