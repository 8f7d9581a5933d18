from collections.abc import Callable

from narrowgate.pipeline.hold import HeldClient
from tests.pipeline.fakes import FakeClient

EVENT = b"data: {}\n\n"


def held(tokens: int = 3) -> tuple[HeldClient, FakeClient]:
    client = FakeClient()
    holding = HeldClient(client, tokens, lambda _open: None)
    holding.begin(200, b"a: b\r\n", None)
    return holding, client


def test_nothing_goes_out_until_enough_has_come() -> None:
    holding, client = held()
    holding.piece(EVENT * 2)
    assert (client.status, client.sent, holding.is_open) == (0, b"", False)
    holding.piece(EVENT)
    assert (client.status, client.sent, holding.is_open) == (200, EVENT * 3, True)
    holding.piece(EVENT)
    assert client.sent == EVENT * 4


def test_the_end_of_a_short_answer_lets_everything_out() -> None:
    holding, client = held()
    holding.piece(EVENT)
    data = holding.framed(b"x") + holding.last()
    assert (client.status, client.sent, data) == (200, EVENT, b"x<end>")


def test_time_opens_it_and_not_once_it_was_discarded() -> None:
    openers: list[Callable[[], None]] = []
    for is_dead in (False, True):
        client = FakeClient()
        holding = HeldClient(client, 0, openers.append)
        assert not openers
        holding.begin(200, b"", None)
        holding.piece(EVENT)
        if is_dead:
            holding.discard()
        openers.pop()()
        assert client.sent == (b"" if is_dead else EVENT)


def test_what_is_held_of_a_dead_stream_is_never_sent() -> None:
    holding, client = held()
    holding.piece(EVENT)
    holding.deliver(holding.whole(502, b"", b"no"))
    assert (client.status, client.sent) == (502, b"no")


def test_without_a_number_of_tokens_a_megabyte_is_the_bound() -> None:
    holding, client = held(0)
    holding.piece(EVENT * 10)
    assert not client.sent
    holding.piece(b"x" * (1 << 20))
    assert client.sent.startswith(EVENT)
