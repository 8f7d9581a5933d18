import asyncio
import json

from narrowgate.adapters.upstream.direct import DirectTransport
from narrowgate.adapters.upstream.origins import read_origins
from tests.adapters.upstream.fakes import Heard, echo, ended, listen
from tests.adapters.upstream.test_origins import ENTRY


def test_each_origin_has_its_own_pool_and_credentials() -> None:
    async def run() -> None:
        server, where = await listen(echo)
        local = ENTRY | {"scheme": "http", "host": "127.0.0.1", "port": where.port}
        entries = [local, local | {"headers": [["api-key", "other"]]}]
        transport = DirectTransport(read_origins(json.dumps(entries).encode()), lambda: 0.0)
        transport.start()
        for number, line in enumerate((b"authorization: Bearer sk-secret", b"api-key: other")):
            heard = Heard()
            transport.open(number, b"GET / HTTP/1.1\r\n", b"\r\n", b"", heard)
            await heard.has_data.wait()
            assert line in heard.data
        assert transport.connections() == 2
        transport.close()
        await ended(server)

    asyncio.run(run())
