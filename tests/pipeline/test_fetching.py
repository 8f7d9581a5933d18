"""What a call names by URL is fetched before it goes out, or the call is refused by the name of its field."""

import json
from base64 import b64encode
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.config.schema import Fetch
from narrowgate.dialects.registry import route_of
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Fault
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.fetching import Fetched, Fetching, Media, Wanted, fits, request_line
from narrowgate.pipeline.ports import Receiver
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.routing.settings import RouteView, Strategy, TargetView
from narrowgate.providers.profile import FormPath
from tests.pipeline.fakes import FakeClient, World, key, native, settings

PNG = b"\x89PNG\r\n\x1a\n and the rest"
CONVERSE = FormPath("/model/m/converse", "/model/m/converse-stream")
URL = "https://files.example.com/a%20b.png?sig=x"
NS = 1_000_000_000


def answer(body: bytes, kind: bytes = b"image/png", status: int = 200, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %d X\r\ncontent-type: %b\r\n%bcontent-length: %d\r\n\r\n"
    return head % (status, kind, more, len(body)) + body


def redirect(where: bytes) -> bytes:
    return answer(b"", status=302, more=b"location: %b\r\n" % where)


class OneFetch:
    """One fetch of one picture, on fakes."""

    def __init__(self, **changes: object) -> None:
        fetch = Fetch(enabled=True, **changes)  # type: ignore[arg-type] # a test's own
        self.world = World(settings(fetch=fetch, fetch_origin=1))
        self.told: list[Fetched | Fault] = []
        self.fetching = Fetching(self.world.edge, "call_1", self.told.append)
        self.fetching.start({URL: Wanted("messages[0].content[0]", "image")})

    @property
    def lines(self) -> list[bytes]:
        return [opened[1] for opened in self.world.transport.opened]

    def answer(self, data: bytes) -> None:
        self.world.transport.answer(data)

    @property
    def receiver(self) -> Receiver:
        receiver = self.world.transport.receiver
        assert receiver is not None
        return receiver

    @property
    def fault(self) -> Fault:
        (fault,) = self.told
        assert isinstance(fault, Fault)
        return fault


def test_what_is_fetched_is_told_with_its_type_and_counted() -> None:
    one = OneFetch()
    assert one.lines == [b"GET https://files.example.com/a%20b.png?sig=x HTTP/1.1\r\n"]
    data = answer(PNG, b"text/plain")
    one.answer(data[:20])
    assert one.told == []
    one.answer(data[20:])
    (found,) = one.told
    assert not isinstance(found, Fault)
    assert found[URL] == ("image/png", b64encode(PNG).decode())
    assert ("fetched", len(PNG)) in one.world.tally.fetches
    assert ("call_1", "files.example.com", "fetched", len(PNG)) in one.world.tally.fetches


def test_redirects_are_followed_three_times_each_asked_anew() -> None:
    one = OneFetch()
    for where in (b"/b.png", b"https://other.example/c", b"d"):
        one.answer(redirect(where))
    assert one.lines[1:] == [
        b"GET https://files.example.com/b.png HTTP/1.1\r\n",
        b"GET https://other.example/c HTTP/1.1\r\n",
        b"GET https://other.example/d HTTP/1.1\r\n",
    ]
    one.answer(redirect(b"/e"))
    assert "redirected more than 3 times" in one.fault.message
    assert len(one.lines) == 4


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (answer(b"", status=404), "status 404"),
        (answer(b"<html>", b"text/html"), "no image"),
        (answer(b"%PDF-1.7", b"image/png"), "no image"),
        (answer(PNG, more=b"content-encoding: gzip\r\n"), "status 200"),
        (answer(b"x" * 101), "larger than fetch.max_bytes"),
        (redirect(b"ftp://x/y"), "no https address"),
        (redirect(b"https://user:pass@example.com/"), "no https address"),
        (redirect(b"https://[x/"), "no https address"),
        (b"SSH-2.0-x\r\n\r\n", "does not speak HTTP"),
    ],
)
def test_what_cannot_be_had_is_refused_by_the_name_of_its_field(data: bytes, said: str) -> None:
    one = OneFetch(max_bytes=100)
    one.answer(data)
    assert said in one.fault.message
    assert (one.fault.param, one.fault.code) == ("messages[0].content[0]", "media_not_fetched")
    assert "sig=x" not in one.fault.message


def test_why_a_server_is_not_reached_is_not_told_to_clients() -> None:
    one = OneFetch()
    one.receiver.failed("connect", "no connection to 10.0.0.7:443: refused")
    assert "10.0.0.7" not in one.fault.message
    assert "not reached" in one.fault.message


def test_a_cut_file_is_no_file() -> None:
    one = OneFetch()
    one.answer(answer(PNG)[:-1])
    one.receiver.ended()
    assert "cut it short" in one.fault.message


def test_time_is_bounded() -> None:
    one = OneFetch(timeout_s=2.0)
    one.fetching.check(one.world.clock.ns + 2 * NS - 1)
    assert one.told == []
    one.fetching.check(one.world.clock.ns + 2 * NS)
    assert "in time" in one.fault.message
    assert "abort" in one.world.transport.exchange.said


def test_more_than_twenty_are_refused_before_anything_is_fetched() -> None:
    world = World(settings(fetch=Fetch(enabled=True), fetch_origin=1))
    told: list[Fetched | Fault] = []
    wanted = {f"https://e/{number}": Wanted(f"f{number}", "image") for number in range(21)}
    Fetching(world.edge, "call_1", told.append).start(wanted)
    assert isinstance(told[0], Fault)
    assert world.transport.opened == []


@given(st.text(max_size=40))
def test_any_address_gives_one_line_or_none(url: str) -> None:
    line = request_line(f"https://{url}")
    if line is not None:
        assert line.endswith(b" HTTP/1.1\r\n")
        assert line.count(b"\n") == 1
        assert line[4:-11].isascii()
        assert b" " not in line[4:-11]


def test_files_fit_the_parts_they_are_named_for() -> None:
    assert fits("image/png", "image")
    assert fits("application/pdf", "document")
    assert fits("text/plain", "document")
    assert not fits("image/png", "document")
    assert not fits("application/pdf", "image")


def test_an_address_that_is_none_is_refused() -> None:
    world = World(settings(fetch=Fetch(enabled=True), fetch_origin=1))
    told: list[Fetched | Fault] = []
    Fetching(world.edge, "call_1", told.append).start({"https://[x": Wanted("f", "image")})
    assert isinstance(told[0], Fault)
    assert world.transport.opened == []


# -- through a call ----------------------------------------------------------------------------------


def conversation(world: World, model: str = "p/m") -> tuple[Conversation, FakeClient]:
    route = route_of(b"/v1/messages")
    assert route is not None
    source = {"type": "url", "url": URL}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "what is it?"}]
    body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": content}]}
    client = FakeClient()
    call = maker_of(route, b"")(world.edge, client, Principal(key(rpm=9)))
    call.begin(json.dumps(body).encode(), None, {})
    assert isinstance(call, Conversation)
    return call, client


def test_a_call_waits_for_its_files_and_is_counted_once() -> None:
    provider = native({Form.BEDROCK_CONVERSE: CONVERSE})
    world = World(settings(provider, fetch=Fetch(enabled=True), fetch_origin=7))
    conversation(world)
    (fetched,) = world.transport.opened
    assert fetched[0] == 7
    world.transport.answer(answer(PNG))
    _, asked = world.transport.opened
    sent = json.loads(asked[2].partition(b"\r\n\r\n")[2])
    image = sent["messages"][0]["content"][0]["image"]
    assert image == {"format": "png", "source": {"bytes": b64encode(PNG).decode()}}
    assert world.counters.reservations == 1


def test_what_was_fetched_goes_to_the_next_target_as_well() -> None:
    first = native({Form.BEDROCK_CONVERSE: CONVERSE})
    second = msgspec.structs.replace(first, name="q", index=1)
    targets = (TargetView("p", "m", priority=1), TargetView("q", "m", priority=2))
    route = RouteView(name="r", strategy=Strategy.PRIORITY, targets=targets, retries=0)
    config = settings(first, fetch=Fetch(enabled=True), fetch_origin=7, routes={"r": route})
    world = World(msgspec.structs.replace(config, providers=(first, second)), retries=None)
    conversation(world, "r")
    world.clock.ns += 3 * NS
    world.transport.answer(answer(PNG))
    world.transport.answer(answer(b"{}", b"application/json", 503))
    world.pass_time()
    fetched, asked, again = world.transport.opened
    assert (fetched[0], asked[0], again[0]) == (7, 0, 1)
    assert b64encode(PNG) in again[2]
    assert world.counters.reservations == 1
    world.transport.answer(answer(b"{}", b"application/json", 400))
    assert world.record.attempts == 2
    assert world.record.overhead_us < 1_000_000  # what the files took is not the gateway's work


def test_what_is_known_already_is_told_again_and_counts() -> None:
    known = {"https://a/": Media("image/png", b64encode(b"x" * 90).decode())}
    world = World(settings(fetch=Fetch(enabled=True, max_bytes=100), fetch_origin=1))
    told: list[Fetched | Fault] = []
    Fetching(world.edge, "call_1", told.append, known).start({URL: Wanted("f", "image")})
    world.transport.answer(answer(PNG[:10]))
    assert isinstance(told[0], Mapping)
    assert set(told[0]) == {"https://a/", URL}
    Fetching(world.edge, "call_1", told.append, known).start({URL: Wanted("f", "image")})
    world.transport.answer(answer(PNG[:11]))
    assert isinstance(told[1], Fault)


def test_a_call_whose_files_cannot_be_had_is_refused_in_the_clients_dialect() -> None:
    provider = native({Form.BEDROCK_CONVERSE: CONVERSE})
    world = World(settings(provider, fetch=Fetch(enabled=True), fetch_origin=7))
    _, client = conversation(world)
    world.transport.answer(answer(b"", status=500))
    assert world.record.status == 400
    assert b"messages[0].content[0]" in client.body
    assert b"invalid_request_error" in client.body


def test_without_fetching_the_field_is_refused() -> None:
    world = World(settings(native({Form.BEDROCK_CONVERSE: CONVERSE})))
    _, client = conversation(world)
    assert world.record.status == 400
    assert b"messages[0].content[0].source.url" in client.body
    assert world.transport.opened == []


def test_who_leaves_while_it_is_fetched_stops_it() -> None:
    world = World(settings(native({Form.BEDROCK_CONVERSE: CONVERSE}), fetch=Fetch(enabled=True), fetch_origin=7))
    call, _ = conversation(world)
    call.client_gone()
    assert "abort" in world.transport.exchange.said
    assert world.record.status == 499
