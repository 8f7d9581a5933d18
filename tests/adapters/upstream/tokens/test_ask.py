"""Questions to token endpoints, over real sockets."""

import asyncio
import json

import pytest

from narrowgate.adapters.upstream.origins import read_origins
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.adapters.upstream.tokens.ask import Answer, Asker, ask_form
from narrowgate.adapters.upstream.tokens.credential import Unobtainable
from tests.adapters.upstream.test_origins import ENTRY


def asked(reply: bytes) -> tuple[Answer | str, bytes]:
    """Ask an endpoint that sends `reply` and closes; return what came of it, and what it heard."""
    heard = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"\r\n\r\n"))
        heard.extend(await reader.read(4_096) if b"content-length: 0" not in heard and b"POST" in heard else b"")
        writer.write(reply)
        await writer.drain()
        writer.close()

    async def run() -> Answer | str:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            asker = Asker(read_origins(json.dumps([ENTRY]).encode())[0], {}, Poller())
            try:
                return await ask_form(
                    asker, f"http://127.0.0.1:{port}/token?x=1", {"a": "b c", "d": "é"}, (("x-y", "z"),)
                )
            except Unobtainable as error:
                return str(error)

    return asyncio.run(asyncio.wait_for(run(), 5)), bytes(heard)


def test_a_form_is_posted_and_the_answer_is_whole() -> None:
    answer, heard = asked(b"HTTP/1.1 201 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    assert answer == Answer(201, b"{}")
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /token?x=1 HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"\r\ncontent-type: application/x-www-form-urlencoded\r\n" in head
    assert b"\r\nx-y: z\r\n" in head
    assert body == b"a=b+c&d=%C3%A9"
    assert f"content-length: {len(body)}".encode() in head


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"HTTP/1.1 200 X\r\ncontent-length: 9\r\n\r\nabc", "without a whole answer"),
        (b"SSH-2.0\r\n\r\n", "did not answer in HTTP/1.1"),
        (b"HTTP/1.1 200 X\r\ncontent-length: 300000\r\n\r\n" + b"a" * 300_000, "answered more than 262_144 bytes"),
    ],
)
def test_what_is_no_answer_is_told(reply: bytes, said: str) -> None:
    answer, _ = asked(reply)
    assert isinstance(answer, str)
    assert said in answer


def test_nobody_there_is_told() -> None:
    async def run() -> Answer:
        asker = Asker(read_origins(json.dumps([ENTRY]).encode())[0], {}, Poller())
        return await asker("GET", "http://127.0.0.1:1/")

    with pytest.raises(Unobtainable, match=r"127\.0\.0\.1"):
        asyncio.run(run())
