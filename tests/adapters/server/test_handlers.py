import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.server.fakes import KEY, Door, post
from tests.pipeline.fakes import settings, view

FORM = (
    b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nfast\r\n'
    b'--X\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + b"\x00\x01" * 50 + b"\r\n--X--\r\n"
)
RENAMED = FORM.replace(b"\r\n\r\nfast\r\n", b"\r\n\r\nm\r\n")
TYPE = "content-type: multipart/form-data; boundary=X"
PATH = "/v1/audio/transcriptions"


@given(st.lists(st.integers(min_value=0, max_value=600)))
def test_a_form_goes_through_in_any_cuts_with_its_model_renamed(cuts: list[int]) -> None:
    door = Door()
    connection, _ = door.connect()
    data, at = post(FORM, TYPE, path=PATH), 0
    for cut in [*sorted(cut % len(data) for cut in cuts), len(data)]:
        connection.data_received(data[at:cut])
        at = cut
    _, line, rest = door.world.transport.opened[0]
    assert line == b"POST /v1/audio/transcriptions HTTP/1.1\r\n"
    head, _, body = rest.partition(b"\r\n\r\n")
    assert b"content-length: %d" % len(RENAMED) in head
    assert body + b"".join(door.world.transport.exchange.written) == RENAMED


def test_a_chunked_form_stays_chunked() -> None:
    door = Door()
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: {KEY.decode()}\r\n{TYPE}\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    door.ask(head.encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(FORM), FORM))
    _, _, rest = door.world.transport.opened[0]
    head_out, _, body = rest.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head_out
    assert body + b"".join(door.world.transport.exchange.written) == b"%x\r\n%b\r\n0\r\n\r\n" % (len(RENAMED), RENAMED)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (FORM.replace(b'name="model"', b'name="other"'), TYPE),
        (FORM.replace(b"fast", b"nobody/x"), TYPE),
        (b"junk", TYPE),
        (FORM, "content-type: multipart/form-data"),
    ],
)
def test_a_bad_form_never_reaches_a_provider(body: bytes, kind: str) -> None:
    door = Door()
    answer = door.ask(post(body, kind, path=PATH))
    assert answer.split(b" ")[1] in {b"400", b"404"}
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["message"]
    assert not door.world.transport.opened


def test_a_model_in_the_path_replaces_the_forms_own() -> None:
    door = Door()
    door.ask(post(FORM.replace(b"fast", b"dear"), TYPE, path="/openai/deployments/fast/audio/transcriptions"))
    body = door.world.transport.opened[0][2].partition(b"\r\n\r\n")[2]
    assert body == RENAMED


def test_a_provider_that_knows_the_model_by_its_path_gets_the_form_as_it_is() -> None:
    plain = view()
    azure = msgspec.structs.replace(plain, model_in_path=True)
    door = Door(settings(azure))
    door.ask(post(FORM, TYPE, path="/openai/deployments/fast/audio/transcriptions"))
    assert door.world.transport.opened[0][2].endswith(b"\r\n\r\n" + FORM)


def test_a_form_that_cannot_be_read_leaves_no_call_behind() -> None:
    door = Door()
    door.ask(post(FORM, "content-type: multipart/form-data", path=PATH))
    assert door.world.edge.calls == 0
