import json
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import Fault
from narrowgate.model.reply import Broke, Delta, Ended, Event
from narrowgate.providers.bedrock_invoke.stream import ChunkReader, InvokeDecoder
from narrowgate.schemas.bedrock_invoke import Chunk
from narrowgate.wire.errors import WireError
from narrowgate.wire.event_stream import frame
from narrowgate.wire.sse_reader import SseReader


class _Words:
    """Reads a made-up API: each event is `{"w": …}`."""

    def __init__(self) -> None:
        self._reader = SseReader()

    def feed(self, data: bytes) -> Sequence[Event]:
        return [Delta(0, 0, json.loads(text)["w"]) for _, text in self._reader.feed(data)]

    def end(self) -> Sequence[Event]:
        return [Ended()]


def _chunk(event: bytes) -> bytes:
    return frame({":event-type": "chunk", ":message-type": "event"}, msgspec.json.encode(Chunk(event)))


_STREAM = _chunk(b'{"w":"a"}') + _chunk(b'{\n "w": "b"\r\n}') + _chunk('{"w":"é"}'.encode())
_EXCEPTION = frame({":message-type": "exception", ":exception-type": "throttlingException"}, b'{"message":"slow"}')


def test_the_models_own_events_come_out() -> None:
    assert ChunkReader().feed(_STREAM) == [b'{"w":"a"}', b'{\n "w": "b"\r\n}', '{"w":"é"}'.encode()]


@given(st.sets(st.integers(0, len(_STREAM)), max_size=9))
def test_another_decoder_reads_them_in_any_cuts(cuts: set[int]) -> None:
    decoder = InvokeDecoder(_Words())
    places = [0, *sorted(cuts), len(_STREAM)]
    events = [event for a, b in pairwise(places) for event in decoder.feed(_STREAM[a:b])]
    assert events + decoder.end() == [Delta(0, 0, "a"), Delta(0, 0, "b"), Delta(0, 0, "é"), Ended()]


def test_an_exception_breaks_the_answer_off() -> None:
    decoder = InvokeDecoder(_Words())
    events = decoder.feed(_chunk(b'{"w":"a"}') + _EXCEPTION + _chunk(b'{"w":"b"}'))
    assert events[0] == Delta(0, 0, "a")
    assert isinstance(events[1], Broke)
    assert len(events) == 2
    assert decoder.end() == []


def test_an_exception_stands_for_a_fault() -> None:
    (fault,) = ChunkReader().feed(_EXCEPTION)
    assert isinstance(fault, Fault)
    assert fault.message == "slow"


def test_a_stream_cut_off_in_a_frame_does_not_end() -> None:
    decoder = InvokeDecoder(_Words())
    decoder.feed(_STREAM[:-1])
    assert decoder.end() == []


def test_other_frames_are_passed_over() -> None:
    assert ChunkReader().feed(frame({":event-type": "news"}, b"?") + _chunk(b"")) == []


@pytest.mark.parametrize("payload", [b"no JSON", b'{"bytes":"?"}', b'{"bytes":1}'])
def test_what_is_no_chunk_is_a_wire_error(payload: bytes) -> None:
    with pytest.raises(WireError):
        ChunkReader().feed(frame({":event-type": "chunk"}, payload))
