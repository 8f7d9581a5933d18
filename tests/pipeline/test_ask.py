import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.pipeline.ask import Ask, Circumstances, ask_of
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.routing.settings import Sticky, StickyBy
from narrowgate.policy.routing.sticky import PREFIX_BYTES, session_mark
from narrowgate.schemas.openai import read_head
from narrowgate.wire.errors import WireError
from tests.pipeline.fakes import key


def asked(body: bytes, headers: dict[bytes, bytes] | None = None) -> Ask:
    return ask_of(read_head(body), body, headers or {})


def known(body: bytes, headers: dict[bytes, bytes] | None = None) -> Circumstances:
    given_headers = headers or {}
    return Circumstances(Principal(key()), given_headers, asked(body, given_headers), name="m", operation="chat")


def test_fallbacks_are_for_the_gateway_and_do_not_go_on() -> None:
    ask = asked(b'{"model":"a","fallbacks":["b",{"provider":"p","model":"c"}],"n":1.0}')
    assert ask.fallbacks == ("b", "p/c")
    assert json.loads(ask.body) == {"model": "a", "n": 1.0}
    assert ask.head.model == "a"


def test_without_fallbacks_the_body_stays_byte_for_byte() -> None:
    body = b'{ "model":"a" , "n":1.0}'
    assert asked(body).body is body


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b'{"model":"a"}', ("b", "p/c")),
        (b'{"model":"a","fallbacks":null}', ("b", "p/c")),
        (b'{"model":"a","fallbacks":["d"]}', ("d",)),
    ],
)
def test_a_header_names_fallbacks_where_the_body_does_not(body: bytes, names: tuple[str, ...]) -> None:
    assert asked(body, {b"x-narrowgate-fallbacks": b" b, ,p/c,"}).fallbacks == names


@pytest.mark.parametrize("fallbacks", [b"1", b'"b"', b"[1]", b'[""]', b'["a"' + b',"a"' * 10 + b"]"])
def test_fallbacks_that_are_no_list_of_models_are_refused(fallbacks: bytes) -> None:
    with pytest.raises(WireError, match=r"^fallbacks: "):
        asked(b'{"model":"a","fallbacks":%b}' % fallbacks)


def test_facts_are_what_the_request_says() -> None:
    body = b'{"model":"a","n":2,"metadata":{"job":"x"},"stream":true}'
    facts = known(body, {b"x-narrowgate-tags": b"eu, cheap,,"}).facts
    assert (facts.model, facts.operation, facts.key, facts.input_bytes) == ("m", "chat", "key_1", len(body))
    assert facts.params == {"model": "a", "n": 2, "metadata": {"job": "x"}, "stream": True}
    assert facts.metadata == {"job": "x"}
    assert facts.tags == {"eu", "cheap"}


def test_what_is_long_is_not_compared_and_metadata_that_is_no_object_is_none() -> None:
    facts = known(json.dumps({"messages": "x" * 10_000, "metadata": [1]}).encode()).facts
    assert facts.params == {"messages": None, "metadata": [1]}
    assert facts.metadata == {}


def test_facts_are_worked_out_once() -> None:
    sums: list[float] = []

    def share() -> float:
        sums.append(0.5)
        return 0.5

    circumstances = Circumstances(Principal(key()), {}, None, budget_used=share)
    assert sums == []
    assert circumstances.facts is circumstances.facts
    assert (circumstances.facts.budget_used, sums) == (0.5, [0.5])


def test_of_a_request_that_was_not_read_only_its_headers_are_known() -> None:
    circumstances = Circumstances(Principal(key()), {b"x-narrowgate-tags": b"eu"}, None)
    assert (circumstances.facts.params, circumstances.facts.input_bytes) == ({}, 0)
    assert circumstances.tags == {"eu"}
    assert circumstances.mark(Sticky(by=StickyBy.PREFIX)) is None


def test_calls_of_a_session_or_with_the_same_prompt_have_the_same_mark() -> None:
    sticky = Sticky(header="X-Session-Id")
    assert known(b"{}", {b"x-session-id": b"s"}).mark(sticky) == session_mark(b"s")
    assert known(b"{}").mark(sticky) is None
    system = "s" * PREFIX_BYTES
    bodies = [json.dumps({"n": number, "system": system, "messages": [number]}).encode() for number in range(2)]
    marks = {known(body).mark(Sticky(by=StickyBy.PREFIX)) for body in bodies}
    assert len(marks) == 1
    assert None not in marks


@given(st.binary(max_size=60) | st.integers(0, 3_000).map(lambda depth: b'{"a":' + b"[" * depth + b"]" * depth + b"}"))
def test_no_body_makes_facts_fail(body: bytes) -> None:
    ask = Ask(read_head(b"{}"), body, {}, ())
    assert Circumstances(Principal(key()), {}, ask).facts.input_bytes == len(body)
