"""Calls for vectors and rankings in the form their provider wants."""

import json

import msgspec
import pytest

from narrowgate.dialects.registry import Route
from narrowgate.model.operation import Operation
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.ports import Verdict
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.service_call import line_to
from narrowgate.providers.services.service import Prepared
from tests.pipeline.fakes import FakeClient, World, key, settings, view

VOYAGE = msgspec.structs.replace(
    view("p"),
    profile="voyage",
    paths={Operation.EMBEDDINGS: "/v1/embeddings?v=1", Operation.RERANK: "/v1/rerank"},
)
TOLD = b'{"data":[{"embedding":[0.5],"index":0}],"usage":{"total_tokens":3}}'


def call(body: object, operation: Operation = Operation.EMBEDDINGS, **headers: str) -> tuple[World, FakeClient]:
    world, client = World(settings(VOYAGE)), FakeClient()
    made = maker_of(Route(operation), b"")(world.edge, client, Principal(key(budget_usd_e9=10**12)))
    made.begin(json.dumps(body).encode(), None, {name.encode(): value.encode() for name, value in headers.items()})
    return world, client


def answer(world: World, body: bytes, lines: bytes = b"content-type: application/json\r\n") -> None:
    world.transport.answer(b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n%b" % (lines, len(body), body))


def test_a_request_goes_out_and_an_answer_comes_back_in_another_form() -> None:
    world, client = call({"model": "p/m", "input": "a", "dimensions": 8, "user": "u"})
    _, line, rest = world.transport.opened[0]
    assert line == b"POST /v1/embeddings?v=1 HTTP/1.1\r\n"
    assert rest.endswith(b'{"model":"m","input":"a","output_dimension":8}')
    answer(world, TOLD)
    assert json.loads(client.sent)["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert b"x-narrowgate-dropped: user\r\n" in client.lines
    assert world.record.usage is not None
    assert world.record.usage.input_text == 3
    assert world.transport.exchange.said == ["release"]
    assert world.counters.leased == 0


def test_what_cannot_be_said_is_refused_or_dropped() -> None:
    body = {"model": "p/m", "query": "q", "documents": ["a"], "max_tokens_per_doc": 5}
    world, client = call(body, Operation.RERANK)
    assert client.status == 400
    assert json.loads(client.sent)["error"]["param"] == "max_tokens_per_doc"
    assert not world.transport.opened
    world, _ = call(body, Operation.RERANK, **{"x-narrowgate-inexpressible": "drop"})
    assert b"max_tokens_per_doc" not in world.transport.opened[0][2]


def test_a_bad_body_is_refused_with_its_path() -> None:
    _, client = call({"model": "p/m", "input": [[1]]})
    assert (client.status, json.loads(client.sent)["error"]["param"]) == (400, "input[0]")


def test_a_key_over_its_limits_is_refused() -> None:
    world, client = World(settings(VOYAGE)), FakeClient()
    world.counters.verdict = Verdict.RATE_LIMITED
    made = maker_of(Route(Operation.EMBEDDINGS), b"")(world.edge, client, Principal(key(rpm=1)))
    made.begin(b'{"model":"p/m","input":"a"}', None, {})
    assert client.status == 429
    assert not world.transport.opened


def test_who_has_no_form_of_its_own_is_asked_in_openais() -> None:
    world, client = World(), FakeClient()
    made = maker_of(Route(Operation.EMBEDDINGS), b"")(world.edge, client, Principal(key()))
    made.begin(b'{"model":"openai/m","input":[[1]]}', None, {})
    assert world.transport.opened[0][2].endswith(b'{"model":"m","input":[[1]]}')


@pytest.mark.parametrize(
    ("line", "suffix", "query", "whole"),
    [
        (b"POST /a HTTP/1.1\r\n", "", "", b"POST /a HTTP/1.1\r\n"),
        (b"POST /a HTTP/1.1\r\n", "/b", "c=1", b"POST /a/b?c=1 HTTP/1.1\r\n"),
        (b"POST /a?d=2 HTTP/1.1\r\n", "/b", "c=1", b"POST /a/b?d=2&c=1 HTTP/1.1\r\n"),
    ],
)
def test_a_request_line_with_what_is_added(line: bytes, suffix: str, query: str, whole: bytes) -> None:
    assert line_to(line, Prepared(b"", suffix=suffix, query=query)) == whole
