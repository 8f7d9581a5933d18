import asyncio

import pytest

from narrowgate.adapters.upstream.origins import OriginTable
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.egress.server import EdgeLink
from narrowgate.wire.link import OPEN_HEAD, FrameReader, Kind, frame
from tests.adapters.upstream.test_link import Wire
from tests.pipeline.fakes import FakeTransport

ORIGIN = OriginTable("p", "http", "h", 80, b"/v1/", b"host: h\r\n", "", "", 5, 1.0)
LINE = b"POST /v1/chat HTTP/1.1\r\n"


def opening(line: bytes = LINE, rest: bytes = b"a: b\r\n\r\nbody", origin: int = 0, stream: int = 1) -> bytes:
    return frame(Kind.OPEN, stream, OPEN_HEAD.pack(origin, len(line)) + line + rest)


class Upstream(FakeTransport):
    def __init__(self) -> None:
        super().__init__()
        self.poller = Poller()


async def served(data: bytes) -> tuple[Upstream, list[tuple[int, int, bytes]]]:
    transport, wire = Upstream(), Wire()
    link = EdgeLink([ORIGIN], transport)  # type: ignore[arg-type] # has what is used
    link.connection_made(wire)
    for at in range(len(data)):
        link.data_received(data[at : at + 1])
    if transport.receiver is not None:
        transport.receiver.received(b"answer")
        transport.receiver.received(b" more")
    await asyncio.sleep(0)
    return transport, list(FrameReader().feed(wire.sent))


def test_frames_become_a_request_and_answers_become_frames() -> None:
    data = opening() + frame(Kind.BODY, 1, b"more") + frame(Kind.PAUSE, 1) + frame(Kind.RESUME, 1)
    transport, frames = asyncio.run(served(data))
    assert transport.opened == [(0, LINE, b"a: b\r\n\r\nbody")]
    assert transport.exchange.written == [b"more"]
    assert transport.exchange.said == ["pause", "resume"]
    assert frames == [(Kind.DATA, 1, b"answer"), (Kind.DATA, 1, b" more")]


def test_a_request_may_have_no_header_lines() -> None:
    transport, _ = asyncio.run(served(opening(rest=b"\r\nbody")))
    assert transport.opened == [(0, LINE, b"\r\nbody")]


@pytest.mark.parametrize("cut", [1_000, 65_536, 1_000_000])
def test_a_long_body_arrives_in_any_pieces(cut: int) -> None:
    body = bytes(range(256)) * 1_000
    data = opening(rest=b"a: b\r\n\r\n" + body) + opening(stream=2)

    async def run() -> Upstream:
        transport = Upstream()
        link = EdgeLink([ORIGIN], transport)  # type: ignore[arg-type] # has what is used
        link.connection_made(Wire())
        for at in range(0, len(data), cut):
            link.data_received(data[at : at + cut])
        return transport

    opened = asyncio.run(run()).opened
    assert opened == [(0, LINE, b"a: b\r\n\r\n" + body), (0, LINE, b"a: b\r\n\r\nbody")]


@pytest.mark.parametrize(("kind", "said"), [(Kind.RELEASE, "release"), (Kind.ABORT, "abort")])
def test_an_exchange_is_over_when_the_edge_says_so(kind: Kind, said: str) -> None:
    transport, _ = asyncio.run(served(opening() + frame(kind, 1) + frame(Kind.BODY, 1, b"late")))
    assert transport.exchange.said == [said]
    assert transport.exchange.written == []


@pytest.mark.parametrize(
    "data",
    [
        opening(origin=7),
        opening(line=b"POST /v2/chat HTTP/1.1\r\n"),
        opening(line=b"POST /v1/../admin HTTP/1.1\r\n"),
        opening(line=b"POST http://evil/v1/ HTTP/1.1\r\n"),
        opening(line=b"POST /v1/a HTTP/1.1\r\nhost: evil\r\n"),
        opening(line=b"CONNECT /v1/ HTTP/1.1\r\n"),
        opening(rest=b"host: evil\r\n\r\n"),
        opening(rest=b"a: b\r\nAuthorization: Bearer x\r\n\r\n"),
        opening(rest=b"a: b\r\nX-Api-Key : x\r\n\r\n"),
        opening(rest=b"proxy-authorization: x\r\n\r\n"),
        opening(rest=b"no end"),
    ],
)
def test_an_edge_cannot_name_a_host_or_an_account(data: bytes) -> None:
    transport, frames = asyncio.run(served(data))
    assert not transport.opened
    assert [kind for kind, _, _ in frames] == [Kind.FAILED]


def test_a_lost_edge_stops_its_exchanges() -> None:
    async def run() -> None:
        transport = Upstream()
        link = EdgeLink([ORIGIN], transport)  # type: ignore[arg-type] # has what is used
        link.connection_made(Wire())
        link.data_received(opening())
        link.pause_writing()
        link.resume_writing()
        link.connection_lost(None)
        assert transport.exchange.said == ["pause", "resume", "abort", "close"]

    asyncio.run(run())
