"""An upstream on a bad day, for `bench soak`: python3 -m bench.faulty PORT SHARE.

Of its answers SHARE (0 to 1) fail, each in one of the ways of FAULTS; the others are always the same words. The same
faults come in the same order each time it is started.
"""

import asyncio
import json
import random
import sys

WORDS = tuple(f"w{number} " for number in range(12))
TEXT = "".join(WORDS)
# A limit with and without a time, two errors, a connection that is reset or closed before, in the middle or for long
# silent in the middle of an answer, and one that is empty.
FAULTS = ("limited", "limited, in a second", "500", "503", "reset", "cut", "stall", "empty")
_STATUS = {"limited": 429, "limited, in a second": 429, "500": 500, "503": 503}
_USAGE = {"prompt_tokens": 5, "completion_tokens": 12, "total_tokens": 17}
_HEAD_LIMIT = 1 << 20
_STALL_S = 25.0
_SEED = 5
_MIDDLE = len(WORDS) // 2


async def serve(port: int, share: float) -> None:
    """Answer until the process is ended."""
    chance = random.Random(_SEED)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _answer(reader, writer, chance.choice(FAULTS) if chance.random() < share else ""):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=_HEAD_LIMIT)
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str) -> bool:
    """Answer one request; say whether the connection is still there."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next((line for line in head.split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    body = await reader.readexactly(int(length.partition(b":")[2]))
    if fault == "reset":
        writer.transport.abort()
        return False
    if fault in _STATUS:
        when = b"retry-after: 1\r\n" if fault.endswith("second") else b""
        _write_whole(writer, json.dumps({"error": {"message": fault}}).encode(), _STATUS[fault], when)
    elif fault == "empty":
        _write_whole(writer, b"")
    elif b'"stream":true' in body.replace(b" ", b""):
        return await _write_stream(writer, fault)
    elif fault:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{")
        await writer.drain()
        writer.transport.abort()
        return False
    else:
        await asyncio.sleep(0.02)
        choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
        told = {"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], "usage": _USAGE}
        _write_whole(writer, json.dumps(told).encode())
    return True


async def _write_stream(writer: asyncio.StreamWriter, fault: str) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for number, word in enumerate(WORDS):
        if fault and number == _MIDDLE:
            await writer.drain()
            await asyncio.sleep(_STALL_S if fault == "stall" else 0)
            writer.transport.abort()
            return False
        _write_event(writer, choices=[{"index": 0, "delta": {"content": word}}])
        if number % 4 == 0:
            await asyncio.sleep(0.005)
    _write_event(writer, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    _write_event(writer, choices=[], usage=_USAGE)
    _write_chunk(writer, b"data: [DONE]\n\n")
    writer.write(b"0\r\n\r\n")
    return True


def _write_whole(writer: asyncio.StreamWriter, body: bytes, status: int = 200, more: bytes = b"") -> None:
    head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"
    writer.write(head % (status, more, len(body)) + body)


def _write_event(writer: asyncio.StreamWriter, **members: object) -> None:
    told = json.dumps({"id": "x", "object": "chat.completion.chunk", "model": "m", **members})
    _write_chunk(writer, b"data: %b\n\n" % told.encode())


def _write_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
