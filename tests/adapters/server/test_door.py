import json

import pytest

from narrowgate.config.schema import Cors, Listen
from narrowgate.identity.keys import digest_of
from narrowgate.pipeline.principal import Principals
from tests.adapters.server.fakes import KEY, Door, get, post
from tests.pipeline.fakes import key, settings

BODY = b'{"model":"openai/m"}'


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


@pytest.mark.parametrize(
    "header", ["authorization: bearer sk-x", "x-api-key: sk-x", "api-key: sk-x", "x-goog-api-key: sk-x"]
)
def test_a_key_is_found_in_each_header(header: str) -> None:
    assert status(Door().ask(get("/v1/models", header))) == 200


@pytest.mark.parametrize(
    "header", ["x-other: a", "authorization: Basic sk-x", "authorization: sk-x", "x-api-key: sk-y"]
)
def test_anything_else_is_no_key(header: str) -> None:
    assert status(Door().ask(get("/v1/models", header))) == 401


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"expires_at_s": 5}])
def test_a_key_that_is_over_is_refused(change: dict[str, object]) -> None:
    door = Door()
    door.world.edge.principals = Principals([key(digest=digest_of(KEY).hex(), **change)])
    assert status(door.ask(post(BODY))) == 401
    assert door.world.tally.statuses == [401]


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (get("/nothing"), 404),
        (get("/v1/chat/completions"), 405),
        (get("/health/live", method="POST"), 405),
        (get("/v1/responses", "upgrade: websocket", "connection: upgrade"), 426),
        (post(b"x", "content-encoding: gzip"), 400),
        (get("/v1/models/nothing", "x-api-key: sk-x"), 404),
        (get("/v1/models/fast", "x-api-key: sk-x"), 200),
        (get("*", method="OPTIONS"), 204),
    ],
)
def test_what_no_table_names_is_refused(request_bytes: bytes, expected: int) -> None:
    assert status(Door().ask(request_bytes)) == expected


def test_admin_calls_go_to_control_with_their_token() -> None:
    door = Door()
    assert door.ask(get("/admin/keys?a=b", "authorization: Bearer t")).endswith(b"admin")
    asked = door.control.asked[0]
    assert (asked.path, asked.query, asked.authorization) == ("/admin/keys", "a=b", "Bearer t")
    door.control.is_up = False
    assert status(door.ask(get("/admin/keys"))) == 503


def test_metrics_are_open_on_this_machine_only() -> None:
    door = Door()
    door.ask(get("/metrics"))
    door.ask(get("/metrics"), peer=("203.0.113.1", 5))
    assert [request.path for request in door.control.asked] == ["/metrics", "/admin/metrics"]
    door.control.is_up = False
    assert door.ask(get("/metrics")).endswith(b"metrics")


def test_a_forwarded_address_counts_from_trusted_proxies_only() -> None:
    for trusted, address in (((), "10.0.0.1"), (("10.0.0.0/8",), "203.0.113.5")):
        door = Door(settings(listen=Listen(trusted_proxies=trusted)))
        door.ask(post(b"{}", "x-forwarded-for: 1.1.1.1, 203.0.113.5, 10.0.0.2"), peer=("10.0.0.1", 1))
        assert door.world.record.client_address == address


def test_browsers_get_permission_only_if_configured() -> None:
    asked = get("/v1/chat/completions", "origin: https://a.example", method="OPTIONS")
    assert b"access-control" not in Door().ask(asked)
    door = Door(settings(listen=Listen(cors=Cors(origins=("https://a.example",)))))
    assert b"access-control-allow-origin: https://a.example\r\n" in door.ask(asked)
    assert b"access-control-allow-origin" in door.ask(get("/", "origin: https://a.example"))
    assert b"access-control" not in door.ask(get("/", "origin: https://b.example"))


def test_errors_are_openais() -> None:
    body = Door().ask(get("/nothing")).partition(b"\r\n\r\n")[2]
    assert json.loads(body)["error"]["code"] == "unknown_url"
