"""Forms that stream through: planned first, sent piece by piece."""

import json

import msgspec
import pytest

from narrowgate.config.snapshot import EdgeSettings
from narrowgate.model.fault import Failed
from narrowgate.model.inexpressible import Inexpressibles
from narrowgate.model.operation import Operation
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.upload import UploadCall
from narrowgate.policy.routing.settings import RouteView, Strategy, TargetView
from tests.pipeline.fakes import FakeClient, World, key, settings, view


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


FORM = (
    b'--XX\r\ncontent-disposition: form-data; name="model"\r\n\r\nnova-3\r\n'
    b'--XX\r\ncontent-disposition: form-data; name="file"; filename="a.wav"\r\ncontent-type: audio/wav\r\n\r\nRIFF\r\n'
    b"--XX--\r\n"
)
HEADERS = {b"content-type": b"multipart/form-data; boundary=XX"}
DEEPGRAM = msgspec.structs.replace(view("p"), profile="deepgram", paths={Operation.TRANSCRIPTIONS: "/v1/listen"})


def collected(
    form: bytes, headers: dict[bytes, bytes], config: EdgeSettings | None = None, name: str = "p/nova-3"
) -> tuple[World, FakeClient]:
    world, client = World(config or settings(DEEPGRAM)), FakeClient()
    call = UploadCall(world.edge, client, Principal(key()), Operation.TRANSCRIPTIONS)
    assert call.begin_upload(name) == "nova-3"
    assert call.is_collected
    call.check(10**18)  # no clock runs against the provider while the client sends
    call.send_upload(b"", form[:50], headers)
    call.upload(form[50:])
    assert not world.transport.opened
    call.end_upload()
    return world, client


def test_a_form_for_a_provider_with_other_fields_is_collected_and_its_answer_read() -> None:
    world, client = collected(FORM, HEADERS)
    _, line, rest = world.transport.opened[0]
    assert line == b"POST /v1/listen?model=nova-3&detect_language=true&punctuate=true HTTP/1.1\r\n"
    assert rest.endswith(b"content-type: audio/wav\r\ncontent-length: 4\r\n\r\nRIFF")
    told = b'{"results":{"channels":[{"alternatives":[{"transcript":"Hi."}]}]}}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(told)
    world.transport.answer(head + told)
    assert client.sent == b'{"text":"Hi."}'
    assert world.record.request_bytes == len(FORM)


@pytest.mark.parametrize(
    ("form", "param"),
    [
        (FORM[:-8], None),
        (FORM.replace(b'name="file"', b'name="sound"'), "file"),
        (
            FORM.replace(b"--XX--", b'--XX\r\ncontent-disposition: form-data; name="stream"\r\n\r\ntrue\r\n--XX--'),
            "stream",
        ),
    ],
)
def test_a_collected_form_that_cannot_be_sent_is_refused(form: bytes, param: str | None) -> None:
    world, client = collected(form, HEADERS)
    assert client.status == 400
    assert json.loads(client.sent)["error"]["param"] == param
    assert not world.transport.opened


def test_what_has_no_place_is_dropped_if_the_client_says_so() -> None:
    form = FORM.replace(
        b"--XX--", b'--XX\r\ncontent-disposition: form-data; name="include[]"\r\n\r\nlogprobs\r\n--XX--'
    )
    assert collected(form, HEADERS)[1].status == 400
    assert collected(form, HEADERS | {b"x-narrowgate-inexpressible": b"drop"})[0].transport.opened


@pytest.mark.parametrize(("drops", "configured"), [(True, Inexpressibles.REFUSE), (False, Inexpressibles.DROP)])
def test_a_route_says_whether_what_has_no_place_is_dropped(*, drops: bool, configured: Inexpressibles) -> None:
    route = RouteView(name="r", strategy=Strategy.PRIORITY, targets=(TargetView("p", "nova-3"),), drops=drops)
    form = FORM.replace(
        b"--XX--", b'--XX\r\ncontent-disposition: form-data; name="include[]"\r\n\r\nlogprobs\r\n--XX--'
    )
    world, _ = collected(form, HEADERS, settings(DEEPGRAM, routes={"r": route}, inexpressible=configured), "r")
    assert bool(world.transport.opened) == drops
