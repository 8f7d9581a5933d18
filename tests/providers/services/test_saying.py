import pytest

from narrowgate.providers.services.saying import no_format, read_saying
from narrowgate.wire.errors import WireError


def test_what_is_said_and_how() -> None:
    saying = read_saying(b'{"model":"m","input":"hi","voice":{"id":"v"},"speed":1.5,"seed":4}')
    assert (saying.text, saying.voice, saying.sound_format, saying.speed) == ("hi", "v", "mp3", 1.5)
    assert list(saying.others) == ["seed"]
    assert saying.inexpressible == ()


def test_acting_and_events_are_inexpressible() -> None:
    saying = read_saying(b'{"input":"hi","instructions":"whisper","stream_format":"sse"}')
    assert [one.what for one in saying.inexpressible] == ["instructions", "stream_format"]
    assert no_format("midi", ("mp3", "wav")).why == "'midi' is not one of mp3, wav"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"voice":"v"}', b'{"input":3}', b"\xff"])
def test_a_bad_request_says_so(body: bytes) -> None:
    with pytest.raises(WireError):
        read_saying(body)
