"""What becomes of a response's name on its way is tried in test_stored; here, who keeps what."""

from narrowgate.dialects.registry import route_of
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.responses_conversation import ResponsesConversation
from tests.pipeline.fakes import FakeClient, World, key

BODY = b'{"model":"openai/m","input":"hi","previous_response_id":%b}'


def asked(previous: bytes) -> tuple[World, FakeClient]:
    world, client = World(), FakeClient()
    route = route_of(b"/v1/responses")
    assert route is not None
    call = ResponsesConversation(world.edge, client, Principal(key()), route, b"")
    call.begin(BODY % previous, None, {})
    return world, client


def test_a_request_that_goes_on_from_nothing_goes_out_as_it_came() -> None:
    world, _ = asked(b"null")
    assert world.transport.opened[0][2].endswith(b'{"model":"m","input":"hi","previous_response_id":null}')


def test_a_response_that_this_key_has_not_made_is_refused_before_anything_goes_out() -> None:
    world, client = asked(b'"resp_of_another"')
    assert client.status == 400
    assert b"previous_response" in client.body
    assert not world.transport.opened
