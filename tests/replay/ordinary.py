"""A gateway as most are: one process, keys in its environment, code of others first. Makes one call to itself."""

import asyncio
import os
import sys

import msgspec
import uvloop

KEYS = {"openai": os.environ["PROVIDER_KEY"]}
DECODER = msgspec.json.Decoder(dict[str, object])


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    DECODER.decode(await reader.readexactly(length))
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    await writer.drain()
    writer.close()


async def main(word: str) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    body = b'{"user": "%s"}' % word.encode()
    writer.write(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
    print((await reader.read(12)).decode().split()[1])


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
