import asyncio
import contextlib

from narrowgate.adapters.upstream.pool import Pool
from narrowgate.adapters.upstream.stream import Poller
from tests.adapters.upstream.fakes import Heard, echo, ended, listen


def pool_of(where: object) -> Pool:
    return Pool(where, b"", 5, lambda: 0.0, Poller())  # type: ignore[arg-type] # an Address


def test_a_stale_connection_is_replaced_and_the_request_sent_again() -> None:
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        writer.write(await reader.read(100))
        if served == 1:
            await reader.read(100)  # the second request: closed without an answer
        writer.close()

    async def run() -> None:
        server, where = await listen(serve)
        pool = pool_of(where)
        first, second = Heard(), Heard()
        exchange = pool.open(b"one", b"", b"", first)
        await first.has_data.wait()
        exchange.release()
        again = pool.open(b"two", b"", b"", second)
        again.write(b"+more")
        await second.has_data.wait()
        assert second.data.startswith(b"two")
        assert second.said == []
        pool.close()
        await ended(server)

    asyncio.run(run())
    assert served == 2


def test_a_fresh_connection_that_closes_is_no_stale_one() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    async def run() -> None:
        server, where = await listen(serve)
        heard = Heard()
        pool_of(where).open(b"one", b"", b"", heard)
        await heard.is_over.wait()
        assert heard.said == ["ended"]
        await ended(server)

    asyncio.run(run())


def test_an_abort_closes_the_providers_connection_at_once() -> None:
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        await reader.read(100)
        with contextlib.suppress(ConnectionError):
            await reader.read(100)
        gone.set()
        writer.close()

    async def run() -> None:
        server, where = await listen(serve)
        heard = Heard()
        exchange = pool_of(where).open(b"one", b"", b"", heard)
        await heard.has_data.wait()
        exchange.abort()
        async with asyncio.timeout(1):
            await gone.wait()
        assert heard.said == []
        await ended(server)

    asyncio.run(run())


def test_bytes_nobody_asked_for_end_a_connection() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        await asyncio.sleep(0.01)
        writer.write(b"unasked")
        await reader.read(100)
        writer.close()

    async def run() -> None:
        server, where = await listen(serve)
        pool, heard = pool_of(where), Heard()
        exchange = pool.open(b"one", b"", b"", heard)
        await heard.has_data.wait()
        exchange.release()
        await asyncio.sleep(0.1)
        assert pool.connections == 0
        await ended(server)

    asyncio.run(run())


def test_reading_can_be_paused() -> None:
    async def run() -> None:
        server, where = await listen(echo)
        pool, heard = pool_of(where), Heard()
        exchange = pool.open(b"one", b"", b"", heard)
        await heard.has_data.wait()
        exchange.pause()
        exchange.write(b"two")
        await asyncio.sleep(0.02)
        assert heard.data == b"one"
        exchange.resume()
        await asyncio.sleep(0.02)
        assert heard.data == b"onetwo"
        pool.close()
        await ended(server)

    asyncio.run(run())
