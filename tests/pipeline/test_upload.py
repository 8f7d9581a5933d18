"""Forms that stream through: planned first, sent piece by piece."""

import pytest

from narrowgate.model.fault import Failed
from narrowgate.model.operation import Operation
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.upload import UploadCall
from tests.pipeline.fakes import FakeClient, World, key


def test_a_planned_upload_is_sent_in_pieces() -> None:
    world = World()
    call = UploadCall(world.edge, FakeClient(), Principal(key()), Operation.TRANSCRIPTIONS)
    assert call.begin_upload("openai/m") == "m"
    assert not call.is_model_in_path
    call.send_upload(b"content-length: 6\r\n", b"abc", {})
    call.upload(b"def")
    _, line, rest = world.transport.opened[0]
    assert line == b"POST /v1/audio/transcriptions HTTP/1.1\r\n"
    assert rest.endswith(b"content-length: 6\r\n\r\nabc")
    assert world.transport.exchange.written == [b"def"]


def test_an_upload_for_a_model_nobody_has_is_refused() -> None:
    call = UploadCall(World().edge, FakeClient(), Principal(key()), Operation.TRANSCRIPTIONS)
    with pytest.raises(Failed):
        call.begin_upload("nobody/m")
