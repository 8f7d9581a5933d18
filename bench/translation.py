"""What translating a conversation costs, without sockets: every dialect to every family, in this process."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from narrowgate.dialects.dialect import Asked, Dialect
from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.conversation import Form, Message, Request, Role, Text, Tool
from narrowgate.model.reply import Choice, Delta, Event, Finish, PartEnded, Reply, unfold
from narrowgate.model.usage import Usage
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Family, Quirks

_QUIRKS = Quirks()
_ROUNDS, _CALLS = 5, 300
_WORDS = 64


def table() -> str:
    """Return CPU µs of a 2 KB chat, there and back, and of one event of a stream, for each pair that differs."""
    # Those that no client speaks have nobody to write answers for a measurement.
    families = {form: family for form, family in FAMILIES.items() if form in DIALECTS}
    names = [form.value for form in families]
    lines = ["CPU us of a 2 KB chat, request and answer / of a streamed word; client down, provider across", ""]
    lines.append("".join([f"{'':20}", *(f"{name[:18]:>20}" for name in names)]))
    for form, dialect in DIALECTS.items():
        cells = [_cell(dialect, family) if family.form is not form else "as it came" for family in families.values()]
        lines.append("".join([f"{form.value:20}", *(f"{cell:>20}" for cell in cells)]))
    return "\n".join(lines)


def _cell(dialect: Dialect, family: Family) -> str:
    request = _asked(family.form)
    body = FAMILIES[dialect.form].to_wire(request, "m", _QUIRKS).body
    asked = Asked(body, "m", is_stream=False)
    read = dialect.parse(asked)
    reply = Reply(family.form, "r1", "m", (Choice((Text("word " * _WORDS),), Finish.STOP),), Usage(9, output_text=9))
    answer = DIALECTS[family.form].render(reply, request)
    whole_us = _us(lambda: family.to_wire(dialect.parse(asked), "m", _QUIRKS)) + _us(
        lambda: dialect.render(family.from_wire(answer, _QUIRKS), read)
    )
    writer = DIALECTS[family.form].encoder(request, "id_1", 1)
    pieces = [writer.encode(event) for event in _spoken(family.form)]

    def stream() -> None:
        decoder, encoder = family.decoder(_QUIRKS), dialect.encoder(read, "id_1", 1)
        for piece in pieces:
            for event in decoder.feed(piece):
                encoder.encode(event)

    return f"{whole_us:.0f} / {_us(stream) / _WORDS:.1f}"


def _asked(form: Form) -> Request:
    schema = b'{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}'
    tool = Tool("weather", "tells the weather of a city", msgspec.Raw(schema))
    said = (Message(Role.SYSTEM, (Text("be brief " * 30),)), Message(Role.USER, (Text("what now? " * 150),)))
    return Request(form, "m", said, (tool,), max_output_tokens=100)


def _spoken(form: Form) -> Iterator[Event]:
    for event in unfold(Reply(form, "r1", "m", (Choice((Text(""),), Finish.STOP),), Usage(9))):
        if isinstance(event, PartEnded):
            yield from (Delta(0, 0, " word") for _ in range(_WORDS))
        yield event


def _us(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        for _ in range(_CALLS):
            work()
        best = min(best, (time.process_time() - began) / _CALLS * 1_000_000)
    return best
