import asyncio
import json

from narrowgate.adapters.demo import DemoTransport
from narrowgate.wire.answer import AnswerReader, FieldNames
from tests.adapters.upstream.fakes import Heard

BODY = b'{"model":"echo","messages":[{"role":"user","content":"Hello there"}]}'


def asked(line: bytes, body: bytes, *, pieces: int = 1, seconds: float = 0.3) -> tuple[AnswerReader, bytes]:
    async def run() -> bytes:
        heard = Heard()
        head = b"content-length: %d\r\n\r\n" % len(body)
        exchange = DemoTransport(lambda: 5).open(-1, line, head, body[:pieces], heard)
        exchange.pause()
        exchange.write(body[pieces:])
        exchange.resume()
        await asyncio.sleep(seconds)
        exchange.release()
        return heard.data

    reader = AnswerReader(FieldNames(bool))
    return reader, reader.feed(asyncio.run(run()))


def test_a_call_is_answered_in_this_process() -> None:
    reader, body = asked(b"POST /chat HTTP/1.1\r\n", BODY)
    assert reader.is_done
    assert json.loads(body)["choices"][0]["message"]["content"] == "Hello there"


def test_a_stream_comes_event_by_event() -> None:
    reader, body = asked(b"POST /chat HTTP/1.1\r\n", BODY[:-1] + b',"stream":true}')
    assert reader.is_done
    assert body.endswith(b"data: [DONE]\n\n")


def test_an_aborted_stream_stops() -> None:
    async def run() -> bytes:
        heard = Heard()
        body = BODY[:-1] + b',"stream":true}'
        exchange = DemoTransport(lambda: 5).open(
            -1, b"POST /chat HTTP/1.1\r\n", b"content-length: %d\r\n\r\n" % len(body), body, heard
        )
        await heard.has_data.wait()
        exchange.abort()
        await asyncio.sleep(0.1)
        return heard.data

    assert b"[DONE]" not in asyncio.run(run())
