import asyncio

from narrowgate.adapters.upstream.pool import Pool
from narrowgate.adapters.upstream.stream import Poller
from tests.adapters.upstream.fakes import Heard, address, closed_port, echo, ended, listen


class Now:
    s = 0.0

    def __call__(self) -> float:
        return self.s


def test_a_released_connection_carries_the_next_exchange() -> None:
    async def run() -> None:
        server, where = await listen(echo)
        now = Now()
        pool = Pool(where, b"host: h\r\n", 5, now, Poller())
        for _ in range(3):
            heard = Heard()
            exchange = pool.open(b"GET / HTTP/1.1\r\n", b"\r\n", b"", heard)
            await heard.has_data.wait()
            assert heard.data == b"GET / HTTP/1.1\r\nhost: h\r\n\r\n"
            exchange.release()
        assert pool.connections == 1
        now.s = 60
        pool.close_idle()
        await asyncio.sleep(0.01)
        assert pool.connections == 0
        await ended(server)

    asyncio.run(run())


def test_the_limit_is_a_limit() -> None:
    async def run() -> None:
        server, where = await listen(echo)
        pool = Pool(where, b"", 1, Now(), Poller())
        first, second = Heard(), Heard()
        pool.open(b"a", b"", b"", first)
        pool.open(b"b", b"", b"", second)
        assert second.said == ["busy: all 1 connections to p are in use"]
        await first.has_data.wait()
        pool.close()
        await ended(server)

    asyncio.run(run())


def test_nobody_there_is_told() -> None:
    async def run() -> None:
        heard = Heard()
        Pool(address(closed_port()), b"", 5, Now(), Poller()).open(b"a", b"", b"", heard)
        await heard.is_over.wait()
        assert heard.said[0].startswith("connect: no connection to 127.0.0.1:")

    asyncio.run(run())


def test_an_exchange_given_up_while_dialling_leaves_a_usable_connection() -> None:
    async def run() -> None:
        server, where = await listen(echo)
        pool, heard = Pool(where, b"", 5, Now(), Poller()), Heard()
        pool.open(b"a", b"", b"", heard).abort()
        await asyncio.gather(*pool._dialling)
        assert (heard.said, heard.data, len(pool._idle)) == ([], b"", 1)
        await asyncio.sleep(0.01)  # the provider's side takes its connection
        pool.close()
        await asyncio.sleep(0.01)
        await ended(server)

    asyncio.run(run())
