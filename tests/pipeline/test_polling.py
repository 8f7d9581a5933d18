"""A prediction that is not finished is asked for until it is; who hears of it hears of the last answer only."""

import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.registry import route_of
from narrowgate.model.conversation import Form
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.ports import Receiver
from narrowgate.pipeline.principal import Principal
from narrowgate.providers.profile import FormPath
from tests.pipeline.fakes import FakeClient, World, key, native, settings

S = 1_000_000_000
PATH = FormPath("/v1/predictions", "/v1/predictions")
VIEW = msgspec.structs.replace(native({Form.REPLICATE: PATH}), profile="replicate")
ASKED = json.dumps({"model": "p/meta/llama", "messages": [{"role": "user", "content": "hi"}]}).encode()


def answer(code: int = 200, **members: object) -> bytes:
    body = json.dumps({"id": "abc", **members}).encode()
    head = b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (code, len(body)) + body


STARTING, GOING = answer(201, status="starting"), answer(status="processing")
DONE = answer(status="succeeded", output=["H", "i"], metrics={"input_token_count": 4, "output_token_count": 2})


class OneCall:
    """One call to a provider whose answers are promises, on fakes."""

    def __init__(self) -> None:
        self.world = World(settings(VIEW))
        self.client = FakeClient()
        route = route_of(b"/v1/chat/completions")
        assert route is not None
        call = maker_of(route, b"")(self.world.edge, self.client, Principal(key()))
        assert isinstance(call, Call)
        self.call = call
        call.begin(ASKED, None, {})

    @property
    def lines(self) -> list[bytes]:
        return [opened[1] for opened in self.world.transport.opened]

    @property
    def said(self) -> list[str]:
        return self.world.transport.exchange.said

    @property
    def receiver(self) -> Receiver:
        receiver = self.world.transport.receiver
        assert receiver is not None
        return receiver

    def answer(self, data: bytes) -> None:
        self.receiver.received(data)

    def pass_time(self, ns: int) -> None:
        self.world.pass_time(ns)


def test_it_is_asked_for_until_it_is_done() -> None:
    one = OneCall()
    assert one.lines == [b"POST /v1/predictions HTTP/1.1\r\n"]
    assert b"\r\ncancel-after: 300s\r\n" in b"\r\n" + one.world.transport.opened[0][2]
    one.answer(STARTING)
    assert (one.lines[1:], one.said) == ([], ["release"])
    one.pass_time(S // 2)
    one.answer(GOING)
    one.pass_time(S // 2)
    assert len(one.lines) == 2  # each time a little later
    one.pass_time(S // 4)
    assert one.lines[1:] == [b"GET /v1/predictions/abc HTTP/1.1\r\n"] * 2
    one.answer(DONE)
    assert one.client.status == 200
    assert json.loads(one.client.body)["choices"][0]["message"]["content"] == "Hi"
    usage = one.world.record.usage
    assert usage is not None
    assert usage.output_text == 2
    assert one.said == ["release"] * 3
    one.pass_time(60 * S)
    assert len(one.lines) == 3


def test_what_is_done_at_once_is_not_asked_for() -> None:
    one = OneCall()
    one.answer(DONE)
    assert (one.client.status, len(one.lines), one.said) == (200, 1, ["release"])


def test_what_failed_is_told() -> None:
    one = OneCall()
    one.answer(STARTING)
    one.pass_time(S)
    one.answer(answer(status="failed", error="out of memory"))
    assert one.client.status == 502
    assert b"out of memory" in one.client.body


@pytest.mark.parametrize("is_asking", [False, True])
def test_a_client_that_leaves_cancels_it(is_asking: bool) -> None:
    one = OneCall()
    one.answer(STARTING)
    if is_asking:
        one.pass_time(S)
    one.call.client_gone()
    assert one.lines[-1] == b"POST /v1/predictions/abc/cancel HTTP/1.1\r\n"
    assert one.world.transport.opened[-1][2].endswith(b"content-length: 0\r\n\r\n")
    count = len(one.lines)
    one.answer(answer(status="canceled"))
    one.pass_time(60 * S)
    assert len(one.lines) == count
    assert one.said[-1] == "abort"


def test_so_does_a_call_whose_time_is_over() -> None:
    one = OneCall()
    one.answer(STARTING)
    one.world.clock.ns += 301 * S
    one.call.check(one.world.clock.ns)
    assert one.client.status == 504
    assert one.lines[-1] == b"POST /v1/predictions/abc/cancel HTTP/1.1\r\n"


def test_before_it_has_an_id_it_is_broken_off_and_stops_by_itself() -> None:
    one = OneCall()
    one.call.client_gone()
    assert (len(one.lines), one.said) == (1, ["abort"])


def test_a_hitch_of_asking_does_not_lose_it() -> None:
    one = OneCall()
    one.answer(STARTING)
    for number in range(5):
        one.pass_time(5 * S)
        if number % 2:
            one.answer(answer(503, detail="later"))
        else:
            one.receiver.failed("connect", "no connection")
    one.pass_time(5 * S)
    one.answer(DONE)
    assert one.client.status == 200


def test_many_hitches_end_the_call_and_what_was_begun() -> None:
    one = OneCall()
    one.answer(STARTING)
    for _ in range(6):
        one.pass_time(5 * S)
        one.answer(answer(503, detail="later"))
    assert one.client.status == 503
    assert one.lines[-1] == b"POST /v1/predictions/abc/cancel HTTP/1.1\r\n"
    assert one.lines.count(b"GET /v1/predictions/abc HTTP/1.1\r\n") == 6


def test_a_server_that_closes_in_the_middle_is_asked_again() -> None:
    one = OneCall()
    one.answer(STARTING)
    one.pass_time(S)
    one.answer(GOING[:-5])
    one.receiver.ended()
    one.pass_time(S)
    one.answer(DONE[:-5])
    one.receiver.received(DONE[-5:])
    assert one.client.status == 200


def test_an_answer_that_ends_with_its_connection_counts() -> None:
    one = OneCall()
    body = STARTING.partition(b"\r\n\r\n")[2]
    one.answer(b"HTTP/1.1 201 X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n" + body)
    one.receiver.ended()
    one.pass_time(S)
    assert one.lines[-1] == b"GET /v1/predictions/abc HTTP/1.1\r\n"


@pytest.mark.parametrize("odd", ["a/../b", "", "a b", "a" * 65, "a\r\nb"])
def test_an_id_that_could_lead_elsewhere_is_not_asked_for(odd: str) -> None:
    one = OneCall()
    one.answer(answer(status="starting", id=odd))
    assert len(one.lines) == 1
    assert one.client.status == 504


@given(st.lists(st.integers(0, len(DONE)), max_size=4))
def test_cuts_do_not_matter(cuts: list[int]) -> None:
    one = OneCall()
    for data in (STARTING, DONE):
        for a, b in pairwise([0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]):
            if a < b:
                one.answer(data[a:b])
        one.pass_time(S)
    assert one.client.status == 200


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_junk_never_raises(first: bytes, second: bytes) -> None:
    one = OneCall()
    one.answer(first)
    one.answer(STARTING)
    one.pass_time(S)
    one.answer(second)
    one.receiver.ended()
