"""Responses go by other names to a client, and every other byte stays."""

import json

import pytest

from narrowgate.pipeline.renaming import Renaming
from tests.pipeline.fakes import FakeClient


def renaming(**names: str) -> tuple[Renaming, FakeClient]:
    client = FakeClient()
    return Renaming(client, lambda raw: f"own-{raw}", names), client


def test_a_whole_response_has_its_own_name() -> None:
    body = b'{ "object":"response", "id" : "resp_1", "previous_response_id":"resp_0","output":[{"id":"msg_1"}]}'
    wrapped, client = renaming(resp_0="own-resp_0")
    assert wrapped.whole(200, b"", body) == body.replace(b'"resp_', b'"own-resp_')
    assert (client.status, wrapped.address) == (200, client.address)


@pytest.mark.parametrize(
    "body",
    [
        b'{"object":"list","data":[{"id":"msg_1"}],"first_id":"msg_1"}',
        b'{"id":"msg_1","object":"message"}',
        b"[1]",
        b"\xff",
        b'{"error":{"message":"no"}}',
        b'{"id":7}',
    ],
)
def test_what_is_no_response_passes_as_it_is(body: bytes) -> None:
    assert renaming()[0].whole(200, b"", body) == body


def test_a_deleted_response_is_told_by_the_name_it_was_asked_for() -> None:
    body = b'{"id":"resp_1","object":"response","deleted":true}'
    assert renaming(resp_1="mine")[0].whole(200, b"", body) == body.replace(b"resp_1", b"mine")


def test_events_are_renamed_from_the_first_that_tells_the_name() -> None:
    wrapped, client = renaming()
    wrapped.begin(200, b"", None)
    created = {"type": "response.created", "response": {"object": "response", "created_at": 1, "id": "resp_1"}}
    first = b"event: response.created\ndata: " + json.dumps(created).encode() + b"\n\n"
    delta = b'data: {"type":"response.output_text.delta","delta":"resp_1"}\n\n'
    last = b'data: {"type":"response.completed","response":{"id":"resp_1"}}\n\n'
    wrapped.piece(first + delta)
    assert client.sent == (first + delta).replace(b'"resp_1"', b'"own-resp_1"')
    assert wrapped.framed(last) == last.replace(b"resp_1", b"own-resp_1")
    assert wrapped.last() == client.last()


def test_a_body_of_told_length_keeps_it() -> None:
    wrapped, client = renaming(resp_1="longer name")
    wrapped.begin(200, b"", 8)
    wrapped.piece(b'"resp_1"')
    assert client.sent == b'"resp_1"'


def test_everything_else_is_the_clients() -> None:
    wrapped, client = renaming()
    wrapped.pause_upload()
    wrapped.resume_upload()
    wrapped.close_after()
    wrapped.deliver(b"x")
    assert (client.uploads, client.is_cut, client.sent) == (["pause", "resume"], True, b"x")


def test_a_previous_name_that_nobody_gave_passes_as_it_is() -> None:
    body = b'{"object":"response","id":"resp_1","previous_response_id":"resp_0"}'
    client = FakeClient()
    sent = Renaming(client, str.upper, {}).whole(200, b"", body)
    assert sent == b'{"object":"response","id":"RESP_1","previous_response_id":"resp_0"}'
