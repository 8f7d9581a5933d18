"""Stored responses lead back to their provider, for the key that made them."""

import json

import msgspec
import pytest

from narrowgate.dialects.registry import Route, route_of
from narrowgate.identity.response_ids import StoredResponse
from narrowgate.model.operation import Operation
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.stored import StoredCall, is_stored
from narrowgate.policy.routing.settings import KeyView, RouteView, Strategy, TargetView
from tests.pipeline.fakes import FakeClient, World, key, settings, view

ANSWER: dict[str, object] = {
    "id": "resp_raw",
    "object": "response",
    "previous_response_id": None,
    "status": "completed",
    "output": [],
}
PATHS = {Operation.RESPONSES: "/v1/responses?api-version=v1"}


def world(**changes: object) -> World:
    provider = msgspec.structs.replace(view(), paths=PATHS, keeps_responses=True, **changes)
    other = msgspec.structs.replace(provider, name="other", index=1)
    return World(msgspec.structs.replace(settings(), providers=(provider, other)))


def whole(body: object, status: int = 200) -> bytes:
    text = json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        status,
        len(text),
        text,
    )


def respond(made: World, who: str = "key_1", **members: object) -> FakeClient:
    client = FakeClient()
    route = route_of(b"/v1/responses")
    assert isinstance(route, Route)
    call = maker_of(route, b"")(made.edge, client, Principal(key(id=who)))
    call.begin(json.dumps({"model": "openai/m", "input": "hi", **members}).encode(), None, {})
    return client


def ask(made: World, method: bytes, path: str, **who: object) -> FakeClient:
    client = FakeClient()
    call = StoredCall(made.edge, client, Principal(key(**who)), Operation.PASSTHROUGH)
    call.pass_on(method, path.encode(), b"", {})
    return client


def made_response(made: World) -> str:
    client = respond(made)
    made.transport.answer(whole(ANSWER))
    return str(json.loads(client.body)["id"])


def test_a_response_is_told_by_a_name_that_leads_back() -> None:
    made = world()
    name = made_response(made)
    assert name.startswith("resp_ng1~")
    respond(made, previous_response_id=name)
    sent = json.loads(made.transport.opened[-1][2].partition(b"\r\n\r\n")[2])
    assert (sent["previous_response_id"], sent["model"]) == ("resp_raw", "m")


def test_the_answer_names_the_one_before_as_the_client_did() -> None:
    made = world()
    name = made_response(made)
    client = respond(made, previous_response_id=name)
    made.transport.answer(whole(ANSWER | {"id": "resp_next", "previous_response_id": "resp_raw"}))
    told = json.loads(client.body)
    assert told["previous_response_id"] == name
    assert told["id"] not in {name, "resp_next"}


@pytest.mark.parametrize(
    ("who", "model", "change", "said"),
    [
        ("key_2", "openai/m", str, "not one that this key made"),
        ("key_1", "openai/m", lambda _name: "resp_raw", "not one that this key made"),
        ("key_1", "openai/m", lambda _name: 7, "is no text"),
        ("key_1", "other/m", str, "kept by 'openai'"),
    ],
)
def test_no_other_response_can_be_gone_on_from(who: str, model: str, change: type, said: str) -> None:
    made = world()
    client = respond(made, who, previous_response_id=change(made_response(made)), model=model)
    assert client.status == 400
    error = json.loads(client.body)["error"]
    assert said in error["message"]
    assert error["param"] == "previous_response_id"


def test_a_provider_that_keeps_none_is_named() -> None:
    made = world()
    name = made_response(made)
    provider = msgspec.structs.replace(view(), paths=PATHS)
    forgetful = World(settings(provider))
    client = respond(forgetful, previous_response_id=name)
    assert "keeps no responses" in json.loads(client.body)["error"]["message"]
    assert respond(forgetful, previous_response_id=None).status == 0  # asked as usual
    forgetful.transport.answer(whole(ANSWER))


@pytest.mark.parametrize(
    ("method", "tail", "line"),
    [
        (b"GET", "", b"GET /v1/responses/resp_raw?api-version=v1 HTTP/1.1\r\n"),
        (b"GET", "?stream=true&key=k", b"GET /v1/responses/resp_raw?api-version=v1&stream=true HTTP/1.1\r\n"),
        (b"DELETE", "", b"DELETE /v1/responses/resp_raw?api-version=v1 HTTP/1.1\r\n"),
        (b"POST", "/cancel", b"POST /v1/responses/resp_raw/cancel?api-version=v1 HTTP/1.1\r\n"),
        (b"GET", "/input_items", b"GET /v1/responses/resp_raw/input_items?api-version=v1 HTTP/1.1\r\n"),
    ],
)
def test_it_is_asked_for_where_it_is_kept(method: bytes, tail: str, line: bytes) -> None:
    made = world()
    name = made_response(made)
    client = ask(made, method, f"/v1/responses/{name}{tail}", rpm=5)
    assert made.transport.opened[-1][1] == line
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    made.transport.answer(whole(ANSWER | {"usage": usage}))
    assert json.loads(client.body)["id"] == name
    assert made.journal.records[-1].usage is None  # counted once, when it was made


@pytest.mark.parametrize("who", [{"id": "key_2"}, {"providers": ("other",)}])
def test_it_is_not_there_for_others(who: dict[str, object]) -> None:
    made = world()
    client = ask(made, b"GET", f"/v1/responses/{made_response(made)}", **who)
    assert client.status == 404
    assert ask(made, b"GET", "/v1/responses/resp_raw").status == 404


# -- several keys, several targets -------------------------------------------------------------------


def routed() -> World:
    """A route over two keys of one provider, the second of which has little weight, and another provider."""
    keys = (KeyView("a", 0, ("m",), weight=1000.0), KeyView("b", 1, ("m",), weight=0.001))
    provider = msgspec.structs.replace(view(), paths=PATHS, keeps_responses=True, keys=keys)
    other = msgspec.structs.replace(provider, name="other", index=2, keys=(KeyView("", 2),))
    targets = (TargetView("openai", "m"), TargetView("other", "m", weight=0.001))
    route = RouteView(name="r", strategy=Strategy.WEIGHTED, targets=targets, retries=0)
    config = msgspec.structs.replace(settings(), providers=(provider, other), routes={"r": route})
    return World(config, retries=None)


@pytest.mark.parametrize(("provider", "key_name", "origin"), [("openai", "a", 0), ("openai", "b", 1), ("other", "", 2)])
def test_it_is_gone_on_from_with_the_key_that_keeps_it_and_no_other(provider: str, key_name: str, origin: int) -> None:
    made = routed()
    name = made.edge.response_ids.wrap(StoredResponse(provider, key_name, "resp_raw"), "key_1")
    client = respond(made, model="r", previous_response_id=name)
    assert made.transport.opened[-1][0] == origin
    made.transport.answer(whole({"error": {"message": "busy"}}, 503))
    made.pass_time()
    assert (client.status, len(made.transport.opened)) == (503, 1)
    ask(made, b"GET", f"/v1/responses/{name}")
    assert made.transport.opened[-1][:2] == (origin, b"GET /v1/responses/resp_raw?api-version=v1 HTTP/1.1\r\n")


def test_a_response_is_told_with_the_key_that_made_it() -> None:
    made = routed()
    client = respond(made, model="r")
    made.transport.answer(whole(ANSWER))
    name = json.loads(client.body)["id"]
    assert made.edge.response_ids.unwrap(name, "key_1") == StoredResponse("openai", "a", "resp_raw")


def test_where_no_target_of_a_route_keeps_it_that_is_said() -> None:
    made = routed()
    name = made.edge.response_ids.wrap(StoredResponse("openai", "gone", "resp_raw"), "key_1")
    client = respond(made, model="r", previous_response_id=name)
    assert client.status == 400
    assert "kept by 'openai' with key 'gone'" in json.loads(client.body)["error"]["message"]
    assert ask(made, b"GET", f"/v1/responses/{name}").status == 404


def test_other_methods_are_refused() -> None:
    made = world()
    name = made_response(made)
    assert ask(made, b"POST", f"/v1/responses/{name}").status == 405
    assert ask(made, b"GET", f"/v1/responses/{name}/cancel").status == 405


def test_paths_of_stored_responses() -> None:
    for path in (b"/v1/responses/r", b"/responses/r/cancel", b"/openai/v1/responses/r/input_items"):
        assert is_stored(path)
    for path in (b"/v1/responses", b"/v1/responses/", b"/v1/responses/r/other", b"/v1/responses/r/x/cancel"):
        assert not is_stored(path)
