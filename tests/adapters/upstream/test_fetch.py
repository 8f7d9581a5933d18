"""What is fetched goes out bare, over a connection that nobody uses again."""

import asyncio

from narrowgate.adapters.upstream.fetch import FetchPool
from narrowgate.adapters.upstream.fetch_rules import FetchRules
from narrowgate.adapters.upstream.stream import Poller
from tests.adapters.upstream.fakes import Heard, closed_port, ended, listen

ANY = FetchRules()


def line(url: str) -> bytes:
    return f"GET {url} HTTP/1.1\r\n".encode()


def test_it_goes_out_without_anything_the_edge_says() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        await reader.read()
        writer.close()

    async def run() -> None:
        server, where = await listen(serve)
        rules = FetchRules((f"127.0.0.1:{where.port}",), is_http_allowed=True, allow_private=True)
        pool = FetchPool(rules, None, 1, 5.0, Poller())
        heard, busy = Heard(), Heard()
        exchange = pool.open(line(f"http://127.0.0.1:{where.port}/a"), b"authorization: x\r\n\r\n", b"body", heard)
        pool.open(line(f"http://127.0.0.1:{where.port}/b"), b"\r\n", b"", busy)
        assert busy.said == ["busy: 1 things are being fetched already"]
        await heard.has_data.wait()
        assert heard.data.endswith(b"hi")
        exchange.release()  # nobody comes here twice: closed
        await asyncio.sleep(0)
        assert pool.connections == 0
        (head,) = seen
        assert head.startswith(b"GET /a HTTP/1.1\r\nhost: 127.0.0.1:%d\r\n" % where.port)
        assert b"authorization" not in head
        pool.close_idle()
        pool.close()
        await ended(server)

    asyncio.run(run())


def test_nobody_there_is_a_failure() -> None:
    async def run() -> None:
        port = closed_port()
        pool = FetchPool(FetchRules((f"127.0.0.1:{port}",), allow_private=True), None, 1, 5.0, Poller())
        heard = Heard()
        pool.open(line(f"https://127.0.0.1:{port}/"), b"\r\n", b"", heard)
        await heard.is_over.wait()
        assert heard.said[0].startswith("connect: ")

    asyncio.run(run())


def test_what_is_not_allowed_fails_without_a_connection() -> None:
    async def run() -> None:
        pool = FetchPool(ANY, None, 1, 5.0, Poller())
        heard = Heard()
        pool.open(line("https://127.0.0.1/"), b"\r\n", b"", heard)
        assert pool.connections == 0
        await heard.is_over.wait()
        assert heard.said == ["egress: the host is not public"]

    asyncio.run(run())
