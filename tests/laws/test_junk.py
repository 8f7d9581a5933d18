"""What holds for any bytes: they are read, or refused in the way everybody expects; nothing else is raised."""

import re
from contextlib import suppress

import msgspec
from hypothesis import given, note
from hypothesis import strategies as st

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.conversation import Request
from narrowgate.model.fault import Failed
from narrowgate.model.reply import Reply, unfold
from narrowgate.providers.compatible.quirks import OPENAI
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Quirks
from narrowgate.wire.errors import WireError
from tests.laws.replies import JSON, REPLIES, asking
from tests.laws.requests import requests
from tests.laws.running import law

QUIRKS = Quirks()
# Where a value of JSON begins or ends, as far as a mutation needs to know.
VALUE = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9.eE+-]+|true|false|null|[\[{]')


@st.composite
def mutations(draw: st.DrawFn) -> tuple[float, float, bytes, int]:
    """Draw what is done to a body: where (as shares of it), what is put there, and how."""
    instead = draw(st.binary(max_size=4) | JSON.map(msgspec.json.encode))
    return draw(st.floats(0, 1)), draw(st.floats(0, 1)), instead, draw(st.integers(0, 4))


def mutated(body: bytes, how: tuple[float, float, bytes, int]) -> bytes:
    first, second, instead, kind = how
    a, b = sorted((int(first * len(body)), int(second * len(body))))
    if kind == 0:
        return body[:a] + instead + body[a + 1 :]  # a byte is another
    if kind == 1:
        return body[:a] + body[b:]  # something is missing
    if kind == 2:
        return body[:b] + body[a:b] + body[b:]  # something comes twice
    values = list(VALUE.finditer(body))
    if not values:
        return instead
    found = values[min(int(first * len(values)), len(values) - 1)]
    return body[: found.start()] + instead + body[found.end() :]  # one value is another


@law
@given(asked=requests(), how=st.lists(mutations(), min_size=1, max_size=3))
def test_a_damaged_request_is_read_or_refused(asked: Request, how: list[tuple[float, float, bytes, int]]) -> None:
    for form in DIALECTS:
        body = FAMILIES[form].to_wire(asked, "m", OPENAI).body
        for one in how:
            body = mutated(body, one)
        note(f"{form.value}: {body!r}")
        with suppress(Failed):
            request = DIALECTS[form].parse(Asked(body, "m", asked.is_stream))
            for other in DIALECTS:
                note(f"to {other.value}")
                with suppress(Failed):
                    FAMILIES[other].to_wire(request, "m", QUIRKS)


@law
@given(reply=REPLIES, how=st.lists(mutations(), min_size=1, max_size=3), status=st.integers(400, 599))
def test_a_damaged_answer_is_read_or_refused(
    reply: Reply, how: list[tuple[float, float, bytes, int]], status: int
) -> None:
    for form in DIALECTS:
        body = DIALECTS[form].render(reply, asking(form, is_stream=False))
        encoder = DIALECTS[form].encoder(asking(form, is_stream=True), "id_0", 1)
        stream = b"".join(encoder.encode(event) for event in unfold(reply))
        for one in how:
            body, stream = mutated(body, one), mutated(stream, one)
        note(f"{form.value}: {body!r}")
        FAMILIES[form].fault(status, {}, body)
        with suppress(WireError, Failed):
            answer = FAMILIES[form].from_wire(body, QUIRKS)
            for other in DIALECTS:
                note(f"to {other.value}")
                DIALECTS[other].render(answer, asking(other, is_stream=False))
        note(f"{form.value}: {stream!r}")
        with suppress(WireError):
            decoder = FAMILIES[form].decoder(QUIRKS)
            events = [*decoder.feed(stream), *decoder.end()]
            for other in DIALECTS:
                note(f"to {other.value}")
                told = DIALECTS[other].encoder(asking(other, is_stream=True), "id_0", 1)
                for event in events:
                    told.encode(event)
