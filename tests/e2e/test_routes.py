"""Routes through the front door: strategies, keys, limits, benches, receipts, hedges."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.gateway import ADMIN, Gateway, wait_until
from tests.e2e.provider import CHAT, DONE, Link, Provider, Request, delta, good_chat, usage_event

CONFIG = """
providers:
  first:
    kind: openai
    base_url: http://127.0.0.1:{first}/v1
    api_keys:
      - {{name: a, key: env://KEY_A}}
      - {{name: b, key: env://KEY_B}}
  second:
    kind: openai
    base_url: http://127.0.0.1:{second}/v1
    api_key: env://PROVIDER_KEY
routes:
  even: {{strategy: weighted, targets: [first/m, second/m]}}
  sessions: {{strategy: weighted, targets: [first/m, second/m], sticky: {{by: session}}}}
  gold:
    targets: [{{model: second/gold, when: "headers['x-tier'] == 'gold'"}}, first/m]
  narrow: {{targets: [{{model: second/m, max_parallel: 2}}]}}
  raced:
    targets: [second/slow, first/m]
    hedge: {{after_ms: 100, max_usd: "1"}}
  held:
    targets: [second/dies, first/m]
    streams: {{hold_back_tokens: 5}}
routing:
  receipts: {{header: true}}
  queue: {{max_wait_s: 5}}
money:
  prices: {{first/m: {{input: "1", output: "1"}}, second/slow: {{input: "1", output: "1"}}}}
"""


class World:
    """Two providers and a gateway with routes over them."""

    def __init__(self, gateway: Gateway, first: Provider, second: Provider) -> None:
        self.gateway, self.first, self.second = gateway, first, second

    def ask(self, model: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self.gateway.call({"model": model, "messages": []}, **headers)

    def admin(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        data = None if body is None else json.dumps(body).encode()
        status, _, text = self.gateway.request(method, path, data, {"authorization": f"Bearer {ADMIN}"})
        return status, json.loads(text)

    def keys_used(self) -> Counter[bytes]:
        return Counter(request.headers[b"authorization"] for request in self.first.requests)


@pytest.fixture(scope="module", params=["split", "merged"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    first, second = Provider().start(), Provider().start()
    config = CONFIG.format(first=first.port, second=second.port)
    gateway = Gateway(tmp_path_factory.mktemp("routes"), config, custody=request.param)
    gateway.environment |= {"KEY_A": "sk-key-a-of-the-first-provider", "KEY_B": "sk-key-b-of-the-first-provider"}
    gateway.start()
    yield World(gateway, first, second)
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    assert gateway.stop() == 0
    first.stop()
    second.stop()


@pytest.fixture
def world(running: World) -> World:
    for provider in (running.first, running.second):
        provider.reset()
        provider.script = good_chat
    for target in ("first/m", "second/m", "second/slow", "second/dies"):
        running.admin("DELETE", f"/admin/benches?target={target}")
    return running


def test_calls_are_shared_among_targets_and_keys(world: World) -> None:
    for _ in range(40):
        assert world.ask("even")[0] == 200
    assert 5 < len(world.second.requests) < 35
    assert len(world.keys_used()) == 2, "both keys of the first"
    assert json.loads(world.second.requests[0].body)["model"] == "m"


def test_a_refused_key_is_left_and_the_other_used(world: World) -> None:
    def refuse_a(link: Link, request: Request) -> None:
        if b"key-a" in request.headers[b"authorization"]:
            link.json({"error": {"message": "no", "code": "invalid_api_key"}}, 401)
        else:
            good_chat(link, request)

    world.first.script = refuse_a
    for _ in range(12):
        assert world.ask("first/m")[0] == 200
    assert world.keys_used()[b"Bearer sk-key-a-of-the-first-provider"] == 1
    states = {(one["target"], one["key"]): one["state"] for one in world.admin("GET", "/admin/targets")[1]["data"]}  # type: ignore[attr-defined] # JSON
    assert states["first/m", "a"] == "key refused"
    assert states["first/m", "b"] == "well"
    assert 'narrowgate_targets_left_alone{target="first/m",key="a"} 1' in world.gateway.get("/metrics")[2].decode()
    assert "sk-key-a" not in world.gateway.text()


def test_sessions_stay(world: World) -> None:
    for session in range(8):
        providers = {world.ask("sessions", x_session_id=str(session))[1]["x-narrowgate-provider"] for _ in range(5)}
        assert len(providers) == 1


def test_a_condition_chooses(world: World) -> None:
    assert world.ask("gold", x_tier="gold")[1]["x-narrowgate-model"] == "gold"
    assert world.ask("gold")[1]["x-narrowgate-model"] == "m"


def test_routes_are_listed(world: World) -> None:
    status, _, body = world.gateway.get("/v1/models", "sk-test-key-that-is-long-enough")
    assert status == 200
    assert {"even", "narrow", "gold"} <= {model["id"] for model in json.loads(body)["data"]}


def test_calls_wait_in_turn_for_room(world: World) -> None:
    under_way, most = [0], [0]

    def slow(link: Link, _request: Request) -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        time.sleep(0.1)
        under_way[0] -= 1
        link.json(CHAT)

    world.second.script = slow
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: world.ask("narrow")[0], range(8)))
    assert statuses == [200] * 8
    assert most[0] == 2


def test_a_person_benches_and_unbenches_a_target(world: World) -> None:
    status, bench = world.admin("POST", "/admin/benches", {"target": "second/m", "for_s": 60, "why": "maintenance"})
    assert status == 201, bench
    for _ in range(10):
        assert world.ask("even")[1]["x-narrowgate-provider"] == "first"
    status, _, body = world.ask("narrow")
    assert status == 503
    assert b"all_targets_cooling" in body
    assert world.admin("GET", "/admin/benches")[1]["data"][0]["why"] == "maintenance"  # type: ignore[index] # JSON
    assert world.admin("DELETE", "/admin/benches?target=second/m")[1]["was_benched"] is True
    assert world.ask("narrow")[0] == 200
    assert world.gateway.request("GET", "/admin/targets", None, {})[0] == 401


def test_a_call_is_explained_by_its_id_and_in_its_answer(world: World) -> None:
    def fail(link: Link, _request: Request) -> None:
        link.json({"error": {"message": "oops"}}, 500)

    world.second.script = fail
    status, headers, _ = world.gateway.call({"model": "second/m", "messages": [], "fallbacks": ["first/m"]})
    assert status == 200
    told = json.loads(headers["x-narrowgate-receipt"])
    assert [one["target"] for one in told["attempts"]][-1] == "first/m"
    call_id = headers["x-narrowgate-call-id"]
    assert wait_until(lambda: world.admin("GET", f"/admin/calls/{call_id}")[0] == 200)
    receipt = world.admin("GET", f"/admin/calls/{call_id}")[1]["receipt"]
    assert [one["outcome"] for one in receipt["attempts"]][-1] == "answered"  # type: ignore[index] # JSON
    assert world.gateway.metric("narrowgate_retried_calls_total") >= 1


def test_a_slow_target_is_raced(world: World) -> None:
    def slow(link: Link, _request: Request) -> None:
        time.sleep(3)
        link.json(CHAT)

    world.second.script = slow
    began = time.monotonic()
    status, headers, _ = world.ask("raced")
    assert (status, headers["x-narrowgate-provider"]) == (200, "first")
    assert time.monotonic() - began < 2


def test_a_beginning_that_is_held_back_hides_an_early_death(world: World) -> None:
    def dies(link: Link, _request: Request) -> None:
        link.begin_stream()
        link.chunk(delta("secret "))
        link.chunk(delta("words"))
        link.reset()

    def streams(link: Link, _request: Request) -> None:
        link.begin_stream()
        for piece in (*(delta(f"w{number} ") for number in range(9)), delta(None, "stop"), usage_event(), DONE):
            link.chunk(piece)
        link.end_stream()

    world.second.script, world.first.script = dies, streams
    status, _, body = world.gateway.call({"model": "held", "messages": [], "stream": True})
    assert status == 200
    assert b"secret" not in body
    assert b"w8 " in body
    assert body.endswith(b"[DONE]\n\n")
