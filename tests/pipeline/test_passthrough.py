"""What passes through unread, and what may not."""

import pytest

from narrowgate.model.operation import Operation
from narrowgate.pipeline.passthrough import PassthroughCall, is_passthrough
from narrowgate.pipeline.principal import Principal
from tests.pipeline.fakes import FakeClient, World, key, settings, view


def passed(
    method: bytes, path: bytes, body: bytes = b"", changes: dict[str, object] | None = None
) -> tuple[World, FakeClient]:
    world, client = World(settings(view())), FakeClient()
    call = PassthroughCall(world.edge, client, Principal(key(**(changes or {}))), Operation.PASSTHROUGH)
    call.pass_on(method, path, body, {b"content-type": b"text/x", b"authorization": b"Bearer mine"})
    return world, client


def test_a_request_goes_to_the_providers_own_path_and_back_as_it_is() -> None:
    world, client = passed(b"POST", b"/passthrough/openai/v1/files?limit=3", b"raw")
    _, line, rest = world.transport.opened[0]
    assert line == b"POST /v1/files?limit=3 HTTP/1.1\r\n"
    assert rest.endswith(b"content-type: text/x\r\ncontent-length: 3\r\n\r\nraw")
    assert b"mine" not in rest
    world.transport.answer(b"HTTP/1.1 201 Made\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok")
    assert (client.status, client.sent) == (201, b"ok")
    assert (world.record.operation, world.record.provider) == ("passthrough", "openai")


def test_a_get_has_no_body() -> None:
    world, _ = passed(b"GET", b"/passthrough/openai/v1/models")
    assert b"content-length" not in world.transport.opened[0][2]


@pytest.mark.parametrize(
    ("method", "path", "changes", "status"),
    [
        (b"PUT", b"/passthrough/openai/v1/x", {}, 405),
        (b"GET", b"/passthrough/openai/v1/../x", {}, 400),
        (b"GET", b"/passthrough/openai/a b", {}, 400),
        (b"GET", b"/passthrough/nobody/x", {}, 404),
        (b"GET", b"/passthrough/openai/x", {"models": ["openai/gpt-*"]}, 403),
        (b"GET", b"/passthrough/openai/x", {"budget_usd_e9": 10**12}, 403),
    ],
)
def test_what_may_not_pass_is_refused(method: bytes, path: bytes, changes: dict[str, object], status: int) -> None:
    world, client = passed(method, path, changes=changes)
    assert client.status == status
    assert not world.transport.opened


def test_a_key_for_all_models_of_a_provider_may_pass() -> None:
    assert passed(b"GET", b"/passthrough/openai/x", changes={"models": ["openai/*"]})[0].transport.opened


def test_only_that_prefix_passes() -> None:
    assert is_passthrough(b"/passthrough/openai/x")
    assert not is_passthrough(b"/v1/passthrough/x")
