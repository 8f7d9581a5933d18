import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.registry import route_of
from narrowgate.model.conversation import Form, Text
from narrowgate.model.reply import Delta, Event, PartBegan
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.rescue import Tap
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.profile import FormPath
from narrowgate.wire.errors import WireError
from tests.pipeline.fakes import FakeClient, World, key, native, settings

FORMS = {Form.OPENAI_CHAT: FormPath("/v1/chat/completions")}
ASKED = b'{"model":"p/m","stream":true,"fallbacks":["p/n"],"messages":[{"role":"user","content":"hi"}]}'
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
JSON = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
TEXT = "one two three"
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def words(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: %b\n\n" % json.dumps({"id": "x", "model": "m", "choices": [choice]}).encode()


class Broken:
    """A stream that has stopped after `said`; another target of its call has been asked to go on."""

    def __init__(self, said: str) -> None:
        self.world = World(settings(native(FORMS)))
        self.client = FakeClient()
        route = route_of(b"/v1/chat/completions")
        assert route is not None
        self.call = maker_of(route, b"")(self.world.edge, self.client, Principal(key()))
        self.call.begin(ASKED, None, {})
        self.world.transport.answer(SSE + words(said))
        self.close()
        self.world.pass_time()

    def close(self) -> None:
        assert self.world.transport.receiver is not None
        self.world.transport.receiver.ended()

    @property
    def text(self) -> str:
        """What the client has been sent of the answer."""
        events = [json.loads(line[6:]) for line in self.client.sent.split(b"\n") if line.startswith(b"data: {")]
        return "".join(choice["delta"].get("content") or "" for event in events for choice in event.get("choices", ()))


@given(st.integers(1, len(TEXT)), st.lists(st.integers(0, len(TEXT))))
def test_wherever_it_stopped_the_client_gets_one_whole_answer(stop: int, cuts: list[int]) -> None:
    broken = Broken(TEXT[:stop])
    edges = sorted({0, len(TEXT), *cuts})
    pieces = [words(TEXT[begin:end]) for begin, end in pairwise(edges)]
    broken.world.transport.answer(SSE + b"".join(pieces) + END)
    broken.close()
    assert broken.text == TEXT
    assert broken.client.sent.endswith(b"data: [DONE]\n\n<end>")
    record = broken.world.record
    assert (record.status, record.fault, record.upstream_model, record.attempts) == (200, "", "n", 2)


def test_the_answer_may_come_whole() -> None:
    broken = Broken("one ")
    message = {"role": "assistant", "content": TEXT}
    body = json.dumps({"id": "y", "model": "n", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    broken.world.transport.answer(JSON % (b"200 OK", len(body), body.encode()))
    assert broken.text == TEXT
    assert broken.world.record.fault == ""


@pytest.mark.parametrize(
    "answer",
    [
        SSE + words("another") + END,
        SSE + words("on") + END,
        SSE + words("one ") + b"data: []\n\n",
        SSE + b"data: []\n\n",
        JSON % (b"200 OK", 2, b"[]"),
        JSON % (b"500 No", 2, b"{}"),
    ],
)
def test_what_does_not_go_on_ends_the_stream_with_an_error_and_no_second_text(answer: bytes) -> None:
    broken = Broken("one ")
    broken.world.transport.answer(answer)
    assert broken.text == "one "
    assert b'"error"' in broken.client.sent
    assert b"also tried: p/n" in broken.client.sent
    assert not broken.client.sent.endswith(b"<end>")
    assert broken.client.is_cut
    assert broken.world.record.fault == "upstream_broken"


def test_while_it_is_waited_for_there_are_comments() -> None:
    broken = Broken("one ")
    broken.call.check(broken.world.clock.ns + 16 * 10**9)
    assert broken.client.sent.endswith(b": ping\n\n")


# -- reading along -----------------------------------------------------------------------------------


def test_what_is_sent_is_read_along() -> None:
    tap = Tap(FAMILIES[Form.OPENAI_CHAT].decoder(native(FORMS).quirks))
    tap.take(words("one "))
    tap.take(words("two"))
    assert tap.is_able
    assert tap.transcript.prefix() == "one two"


class Failing:
    """A decoder that cannot read what it is fed."""

    def feed(self, data: bytes) -> Sequence[Event]:
        raise WireError("junk")

    def end(self) -> Sequence[Event]:
        return ()


def test_what_cannot_be_read_cannot_be_gone_on_with() -> None:
    tap = Tap(Failing())
    tap.take(b"data: x\n\n")
    assert not tap.is_able
    tap.note([PartBegan(0, 0, Text("late"))])
    assert not tap.transcript.events


def test_without_a_decoder_only_events_are_noted() -> None:
    tap = Tap(None)
    tap.take(b"data: x\n\n")
    tap.note([PartBegan(0, 0, Text("")), Delta(0, 0, "a")])
    assert tap.is_able
    assert tap.transcript.prefix() == "a"


def test_an_answer_of_too_many_events_is_not_kept() -> None:
    tap = Tap(None)
    tap.note([PartBegan(0, 0, Text("")), *[Delta(0, 0, "a")] * 100_000])
    assert not tap.is_able
