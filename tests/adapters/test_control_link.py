import asyncio

import msgspec
import pytest

from narrowgate.adapters.control_link import ControlLink
from narrowgate.adapters.telemetry.metrics import SAMPLES_DECODER, Sample
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.admin import ENCODER, REQUEST_DECODER, AdminAnswer, AdminRequest
from narrowgate.model.bench import Bench, Benches
from narrowgate.policy.routing.vitals import State
from narrowgate.wire.link import Kind, frame
from tests.adapters.upstream.test_link import Wire
from tests.pipeline.fakes import key

STATE = State("p/m", "", "well", 0, 1, 2, 3, 4, 5.0, 0.5, 0)
ASKED = AdminRequest("GET", "/admin/keys", "", "Bearer t", b"", "::1")


class Linked:
    def __init__(self) -> None:
        self.keys: tuple[VirtualKey, ...] = ()
        self.benches = Benches()
        self.link = ControlLink(self._take, lambda: [Sample("s", (), 1.0)], self._heed, lambda: [STATE])
        self.wire = Wire()
        self.end = self.link.connection()
        self.end.connection_made(self.wire)  # type: ignore[arg-type] # has what is used

    def _heed(self, benches: Benches) -> None:
        self.benches = benches

    def _take(self, keys: tuple[VirtualKey, ...]) -> None:
        self.keys = keys


def test_answers_find_their_questions() -> None:
    linked = Linked()
    answers: list[tuple[int, AdminAnswer | None]] = []
    for number in (1, 2):
        linked.link.ask(ASKED, lambda answer, number=number: answers.append((number, answer)))  # type: ignore[misc] # bound
    asked = linked.wire.frames()
    assert [REQUEST_DECODER.decode(payload) for _, _, payload in asked] == [ASKED, ASKED]
    answer = AdminAnswer(200, "text/plain", b"x")
    for _, stream, _ in reversed(asked):
        linked.end.data_received(frame(Kind.ADMIN, stream, ENCODER.encode(answer)))
    assert answers == [(2, answer), (1, answer)]


def test_a_lost_control_is_told_to_all_who_wait() -> None:
    linked = Linked()
    answers: list[AdminAnswer | None] = []
    linked.link.ask(ASKED, answers.append)
    linked.end.connection_lost(None)
    assert answers == [None]
    assert not linked.link.is_up


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_question_waits_a_moment_for_a_control_that_is_being_started(
    comes_back: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrowgate.adapters.control_link._COMES_BACK_S", 0.05)
    linked = Linked()
    answers: list[AdminAnswer | None] = []

    async def ask() -> None:
        linked.end.connection_lost(None)
        linked.link.ask(ASKED, answers.append)
        if comes_back:
            linked.link.connection().connection_made(linked.wire)  # type: ignore[arg-type] # has what is used
        await asyncio.sleep(0.1)

    asyncio.run(ask())
    assert answers == ([] if comes_back else [None])
    assert [REQUEST_DECODER.decode(payload) for _, _, payload in linked.wire.frames()] == (
        [ASKED] if comes_back else []
    )


def test_a_connection_that_ends_after_the_next_has_begun_ends_that_alone() -> None:
    linked, wire = Linked(), Wire()
    answers: list[AdminAnswer | None] = []
    linked.link.ask(ASKED, answers.append)
    linked.link.connection().connection_made(wire)  # type: ignore[arg-type] # has what is used
    linked.end.connection_lost(None)
    assert answers == [None]
    assert linked.link.is_up
    linked.link.ask(ASKED, answers.append)
    assert [REQUEST_DECODER.decode(payload) for _, _, payload in wire.frames()] == [ASKED]


def test_keys_are_taken_and_confirmed_and_metrics_told() -> None:
    linked = Linked()
    linked.end.data_received(frame(Kind.KEYS, 5, ENCODER.encode((key(),))) + frame(Kind.METRICS, 6))
    confirmed, told = linked.wire.frames()
    assert linked.keys == (key(),)
    assert confirmed == (Kind.KEYS, 5, b"")
    assert SAMPLES_DECODER.decode(told[2]) == [Sample("s", (), 1.0)]


def test_junk_ends_the_link() -> None:
    linked = Linked()
    linked.end.data_received(frame(Kind.KEYS, 5, b"\xc1"))
    assert linked.wire.said == ["abort"]


def test_benches_are_heeded_and_states_are_told() -> None:
    linked = Linked()
    benches = Benches((Bench("p/m", None, 5, "gone"),))
    linked.end.data_received(frame(Kind.BENCHES, 7, ENCODER.encode(benches)) + frame(Kind.TARGETS, 8))
    assert linked.benches == benches
    (heeded, told) = linked.wire.frames()
    assert heeded[:2] == (Kind.BENCHES, 7)
    assert told[:2] == (Kind.TARGETS, 8)
    assert msgspec.msgpack.decode(told[2], type=list[State]) == [STATE]
