import asyncio

from narrowgate.adapters.upstream.bearer import Bearer
from narrowgate.adapters.upstream.tokens.credential import Credential, Unobtainable
from narrowgate.adapters.upstream.tokens.source import Source


def lines_with(held: Credential | None) -> bytes | None:
    async def obtain() -> Credential:
        if held is None:
            raise Unobtainable("no")
        return held

    async def run() -> bytes | None:
        source = Source(obtain, lambda _sentence, _fields, *, is_good: None)
        source.start()
        await asyncio.sleep(0.01)
        source.close()
        return Bearer(source).lines(b"POST / HTTP/1.1\r\n", b"{}")

    return asyncio.run(run())


def test_the_token_of_the_moment_goes_along() -> None:
    assert lines_with(Credential("t", None)) == b"authorization: Bearer t\r\n"


def test_nothing_is_sent_without_one() -> None:
    assert lines_with(None) is None
