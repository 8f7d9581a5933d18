"""What holds for answers in every form: they read as they were written, whole, streamed, and across."""

from itertools import pairwise

from hypothesis import given, note
from hypothesis import strategies as st

from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.conversation import Form, Refusal, Text, Thought, ToolCall
from narrowgate.model.reply import Event, Finish, Reply, fold, unfold
from narrowgate.model.usage import Usage
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Quirks
from tests.laws.replies import REPLIES, asking
from tests.laws.running import law

QUIRKS = Quirks()
# What a form has no word for, by its documentation: an answer of a filter, cached tokens.
NO_FILTER = frozenset({Form.COHERE_CHAT, Form.OLLAMA_CHAT})
NO_CACHE = frozenset({Form.OLLAMA_CHAT})


def written(reply: Reply, form: Form) -> bytes:
    return DIALECTS[form].render(reply, asking(form, is_stream=False))


def streamed(events: list[Event], form: Form) -> bytes:
    encoder = DIALECTS[form].encoder(asking(form, is_stream=True), "id_0", 1)
    return b"".join(encoder.encode(event) for event in events)


def read(body: bytes, form: Form) -> Reply:
    return FAMILIES[form].from_wire(body, QUIRKS)


def decoded(*pieces: bytes, form: Form) -> list[Event]:
    decoder = FAMILIES[form].decoder(QUIRKS)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [*events, *decoder.end()]


def said(reply: Reply, *through: Form) -> tuple[object, ...]:
    """Return what of an answer all forms it goes `through` have a place for, told as all of them can."""
    choice = reply.choices[0]
    texts = "".join(part.text for part in choice.parts if isinstance(part, Text | Refusal))
    thoughts = "".join(part.text for part in choice.parts if isinstance(part, Thought))
    calls = [(part.name, part.arguments) for part in choice.parts if isinstance(part, ToolCall)]
    finish, usage = choice.finish, reply.usage or Usage()
    if finish is Finish.REFUSAL:
        finish = Finish.CONTENT_FILTER
    if finish in {Finish.CONTENT_FILTER, Finish.OTHER} and NO_FILTER.intersection(through):
        finish = Finish.STOP
    cached = 0 if NO_CACHE.intersection(through) else usage.cache_read
    return texts, thoughts.replace("\n", ""), calls, finish, (usage.input_total, cached, usage.output_total)


@law
@given(reply=REPLIES)
def test_an_answer_reads_as_it_was_written_whole_and_streamed(reply: Reply) -> None:
    for form in DIALECTS:
        note(form.value)
        whole = read(written(reply, form), form)
        stream = fold(decoded(streamed([*unfold(reply)], form), form=form))
        assert said(whole, form) == said(reply, form)
        assert said(stream, form) == said(reply, form)


@law
@given(reply=REPLIES, data=st.data())
def test_cuts_do_not_matter(reply: Reply, data: st.DataObject) -> None:
    for form in DIALECTS:
        note(form.value)
        body = streamed([*unfold(reply)], form)
        whole = decoded(body, form=form)
        assert decoded(*(body[at : at + 1] for at in range(len(body))), form=form) == whole
        cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=4)))
        assert decoded(*(body[a:b] for a, b in pairwise([0, *cuts, len(body)])), form=form) == whole


@law
@given(reply=REPLIES)
def test_a_provider_of_any_form_is_heard_in_any_other(reply: Reply) -> None:
    """All lanes: whole as it is, streamed as it is, a stream for who wants it whole, and the reverse."""
    for origin in DIALECTS:
        whole = read(written(reply, origin), origin)
        events = decoded(streamed([*unfold(reply)], origin), form=origin)
        for form in DIALECTS:
            note(f"{origin.value} to {form.value}")
            expected = said(reply, origin, form)
            assert said(read(written(whole, form), form), origin, form) == expected
            assert said(fold(decoded(streamed(events, form), form=form)), origin, form) == expected
            assert said(read(written(fold(events), form), form), origin, form) == expected
            assert said(fold(decoded(streamed([*unfold(whole)], form), form=form)), origin, form) == expected
