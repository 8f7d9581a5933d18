from narrowgate.dialects.bedrock_invoke.encoder import InvokeEncoder, chunk_frame
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Broke, Delta, Ended, Event
from narrowgate.wire.event_stream import EventStreamReader


class _Words:
    """Writes a made-up API, one event a word; the end is in two pieces with a marker behind it."""

    def encode(self, event: Event) -> bytes:
        match event:
            case Delta(_, _, text):
                return b'event: word\ndata: {"w":"%b"}\n\n: comment\n\n' % text.encode()
            case Ended():
                return b'data: {"end":1}\n\ndata: [DONE]\n\n'
            case _:
                return b""

    def fail(self, fault: Fault) -> bytes:
        return b"data: never\n\n"


def test_each_event_is_a_chunk() -> None:
    encoder = InvokeEncoder(_Words())
    stream = b"".join(encoder.encode(event) for event in (Delta(0, 0, "a"), Delta(0, 0, "b"), Ended()))
    frames = EventStreamReader().feed(stream)
    assert [frame.headers[":event-type"] for frame in frames] == ["chunk"] * 3
    assert frames[0].payload == b'{"bytes":"eyJ3IjoiYSJ9"}'


def test_a_failure_is_an_exception() -> None:
    fault = Fault(FaultKind.OVERLOADED, "busy")
    encoder = InvokeEncoder(_Words())
    (frame,) = EventStreamReader().feed(encoder.fail(fault))
    assert frame.headers[":exception-type"] == "serviceUnavailableException"
    assert encoder.encode(Broke(fault)) == encoder.fail(fault)


def test_a_chunk_holds_an_event_in_base64() -> None:
    (frame,) = EventStreamReader().feed(chunk_frame(b"{}"))
    assert frame.payload == b'{"bytes":"e30="}'
