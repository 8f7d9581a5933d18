import asyncio
from collections.abc import Iterable, Iterator

from narrowgate.adapters.upstream.link import EgressLink
from narrowgate.wire.link import OPEN_HEAD, FrameReader, Kind, frame
from tests.adapters.server.fakes import FakeSocket
from tests.adapters.upstream.fakes import Heard


class Wire(FakeSocket):
    def set_write_buffer_limits(self, high: int) -> None:
        self.high = high

    def writelines(self, pieces: Iterable[bytes | memoryview]) -> None:
        self.sent += b"".join(pieces)

    def frames(self) -> list[tuple[int, int, bytes]]:
        data, self.sent = self.sent, b""
        return list(FrameReader().feed(data))


def linked() -> tuple[EgressLink, Wire]:
    link, wire = EgressLink(), Wire()
    link.connection_made(wire)  # type: ignore[arg-type] # has what is used
    return link, wire


def test_an_exchange_is_frames() -> None:
    async def run() -> Iterator[object]:
        link, wire = linked()
        heard = Heard()
        exchange = link.open(3, b"GET / HTTP/1.1\r\n", b"a: b\r\n\r\n", b"body", heard)
        exchange.write(b"more")
        exchange.pause()
        exchange.resume()
        opened, *others = wire.frames()
        assert opened == (Kind.OPEN, 1, OPEN_HEAD.pack(3, 16) + b"GET / HTTP/1.1\r\na: b\r\n\r\nbody")
        assert others == [(Kind.BODY, 1, b"more"), (Kind.PAUSE, 1, b""), (Kind.RESUME, 1, b"")]
        data = frame(Kind.DATA, 1, b"x") + frame(Kind.PAUSE, 1) + frame(Kind.RESUME, 1) + frame(Kind.DATA, 9, b"late")
        for at in range(len(data)):
            link.data_received(data[at : at + 1])
        assert (heard.data, heard.said) == (b"x", ["pause", "resume"])
        exchange.release()
        exchange.abort()
        assert wire.frames() == [(Kind.RELEASE, 1, b"")]
        return iter(())

    asyncio.run(run())


def test_a_long_body_is_the_same_frame() -> None:
    async def run() -> None:
        link, wire = linked()
        body = b"x" * 100_000
        exchange = link.open(3, b"GET / HTTP/1.1\r\n", b"a: b\r\n\r\n", body, Heard())
        exchange.write(body)
        opened, more = wire.frames()
        assert opened == (Kind.OPEN, 1, OPEN_HEAD.pack(3, 16) + b"GET / HTTP/1.1\r\na: b\r\n\r\n" + body)
        assert more == (Kind.BODY, 1, body)

    asyncio.run(run())


def test_ends_and_failures_are_told_once() -> None:
    async def run() -> None:
        link, wire = linked()
        first, second = Heard(), Heard()
        exchange = link.open(0, b"a", b"", b"", first)
        link.open(0, b"b", b"", b"", second)
        link.data_received(frame(Kind.ENDED, 1) + frame(Kind.FAILED, 2, b"tls\nnot trusted") + frame(Kind.ENDED, 2))
        assert (first.said, second.said) == (["ended"], ["tls: not trusted"])
        wire.frames()
        exchange.abort()
        assert wire.frames() == []

    asyncio.run(run())


def test_a_lost_egress_fails_what_was_under_way_and_what_comes() -> None:
    async def run() -> None:
        link, _ = linked()
        before, after = Heard(), Heard()
        link.open(0, b"a", b"", b"", before)
        link.connection_lost(None)
        assert before.said == ["egress: the egress process ended"]
        assert not link.is_up
        link.open(0, b"a", b"", b"", after)
        await after.is_over.wait()
        assert after.said == ["egress: the egress process is being restarted"]

    asyncio.run(run())
