"""What holds for any bytes in every decoder: no exception but the ones it names, however it gets them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.bedrock_invoke import DIALECT as INVOKE
from narrowgate.dialects.dialect import Asked, Dialect
from narrowgate.dialects.ollama_chat import GENERATE
from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.fault import Failed
from narrowgate.model.operation import Operation
from narrowgate.pipeline.services import form_service_of, service_of
from narrowgate.providers.bedrock_invoke.stream import InvokeDecoder
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Decoder, Family, Quirks
from narrowgate.providers.registry import PROFILES
from narrowgate.wire.errors import WireError
from narrowgate.wire.event_stream import frame
from narrowgate.wire.form_body import FormBody, Part, read_form
from narrowgate.wire.multipart import ModelField
from narrowgate.wire.sse import EventWatch
from tests.laws.running import law
from tests.laws.shapes import SHAPES
from tests.laws.words import VALUES, WORDS

QUIRKS = Quirks()
READING: dict[str, Dialect] = {
    **{form.value: dialect for form, dialect in DIALECTS.items()},
    "generate": GENERATE,
    "invoke": INVOKE,
}
SERVICES = [(name, operation) for name in PROFILES for operation in Operation if service_of(name, operation)]
FORM_SERVICES = [(name, operation) for name in PROFILES for operation in Operation if form_service_of(name, operation)]
ANSWERS = [pytest.param(family, id=form.value) for form, family in FAMILIES.items()]
BODIES = st.binary(max_size=64) | VALUES.map(msgspec.json.encode) | SHAPES.map(msgspec.json.encode)
EVENTS = st.lists(st.tuples(WORDS, BODIES), max_size=6)


def as_frame(name: str, body: bytes) -> bytes:
    return frame({":message-type": "event", ":event-type": name, ":content-type": "application/json"}, body)


# What a stream of events can be framed as: server-sent events, lines, an array, AWS's frames, frames in frames.
FRAMINGS: Sequence[Callable[[list[tuple[str, bytes]]], bytes]] = (
    lambda told: b"".join(b"event: %b\ndata: %b\n\n" % (name.encode(), body) for name, body in told),
    lambda told: b"\n".join(body for _, body in told),
    lambda told: b"[" + b",".join(body for _, body in told) + b"]",
    lambda told: b"".join(as_frame(name, body) for name, body in told),
    lambda told: b"".join(as_frame("chunk", msgspec.json.encode({"bytes": body})) for _, body in told),
    lambda told: b"".join(body for _, body in told),
)
STREAMS = st.builds(lambda told, framed: framed(told), EVENTS, st.sampled_from(FRAMINGS))
FORM_WORDS = (
    b"--XX",
    b"--",
    b"\r\n",
    b"\n",
    b'content-disposition: form-data; name="',
    b'"',
    b";",
    b"model",
    b"a",
    b"\xff",
)
CUTS = st.lists(st.floats(0, 1), max_size=3)


def pieces(body: bytes, cuts: list[float]) -> list[bytes]:
    at = sorted(int(cut * len(body)) for cut in cuts)
    return [body[a:b] for a, b in pairwise([0, *at, len(body)])]


@pytest.mark.parametrize("family", ANSWERS)
@law
@given(body=BODIES, status=st.integers(400, 599))
def test_a_whole_answer(family: Family, body: bytes, status: int) -> None:
    with suppress(WireError, Failed):
        family.from_wire(body, QUIRKS)
    family.fault(status, {}, body)


@pytest.mark.parametrize("family", ANSWERS)
@law
@given(body=STREAMS, cuts=CUTS)
def test_a_stream(family: Family, body: bytes, cuts: list[float]) -> None:
    decoders: list[Decoder] = [family.decoder(QUIRKS), InvokeDecoder(family.decoder(QUIRKS))]
    for decoder in decoders:
        with suppress(WireError):
            for piece in pieces(body, cuts):
                decoder.feed(piece)
            decoder.end()


@pytest.mark.parametrize("dialect", READING.values(), ids=READING)
@law
@given(body=BODIES, model=st.none() | WORDS, query=st.binary(max_size=16))
def test_a_request(dialect: Dialect, body: bytes, model: str | None, query: bytes) -> None:
    with suppress(Failed):
        request = dialect.parse(Asked(body, model, query=query))
        for family in FAMILIES.values():
            with suppress(Failed):
                family.to_wire(request, "m", QUIRKS)


@pytest.mark.parametrize(("profile", "operation"), SERVICES)
@law
@given(asked=BODIES, answer=BODIES)
def test_a_service(profile: str, operation: Operation, asked: bytes, answer: bytes) -> None:
    service = service_of(profile, operation)
    assert service is not None
    with suppress(WireError, Failed):
        service.to_wire(asked, "m")
    with suppress(WireError, Failed):
        service.from_wire(answer, asked)
    with suppress(WireError, Failed):
        service.from_wire(answer, b'{"input":"a","model":"m","query":"a","documents":["a"]}')


@pytest.mark.parametrize(("profile", "operation"), FORM_SERVICES)
@law
@given(words=st.lists(st.tuples(WORDS, st.binary(max_size=8)), max_size=4), answer=BODIES)
def test_a_service_that_hears(
    profile: str, operation: Operation, words: list[tuple[str, bytes]], answer: bytes
) -> None:
    service = form_service_of(profile, operation)
    assert service is not None
    parts = (*(Part(name, value) for name, value in words), Part("file", b"sound", "a.wav"))
    form = FormBody(b"XX", parts)
    with suppress(WireError, Failed):
        service.to_wire(form, "m")
    with suppress(WireError, Failed):
        service.from_wire(answer, form)


@law
@given(body=st.lists(st.sampled_from(FORM_WORDS), max_size=12), cuts=CUTS)
def test_a_form(body: list[bytes], cuts: list[float]) -> None:
    whole = b"".join(body)
    with suppress(WireError):
        read_form(whole, b"XX")
    field = ModelField(b"XX", 1 << 20)
    with suppress(WireError):
        for piece in pieces(whole, cuts):
            field.feed(piece)


@law
@given(body=STREAMS, cuts=CUTS, operation=st.sampled_from(Operation))
def test_what_watches_a_stream_that_passes(body: bytes, cuts: list[float], operation: Operation) -> None:
    watch = EventWatch(operation)
    with suppress(WireError):
        passed = b"".join(watch.feed(piece) for piece in pieces(body, cuts)) + watch.flush()
        assert passed == body.removeprefix(b"\xef\xbb\xbf")
