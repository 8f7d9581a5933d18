"""What holds for requests in every form: each reaches every provider as it was meant, or the loss is named."""

import msgspec
from hypothesis import given, note

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.conversation import Form, Inexpressible, Request
from narrowgate.providers.compatible.quirks import OPENAI
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Quirks
from tests.laws.requests import requests, wanted
from tests.laws.running import law

QUIRKS = {Form.OPENAI_CHAT: OPENAI}


def sent(request: Request, form: Form) -> tuple[Request, tuple[Inexpressible, ...]]:
    """Return a request as a provider of `form` understands it, and what it was not told."""
    out = FAMILIES[form].to_wire(request, "m", QUIRKS.get(form, Quirks()))
    headers = {name.lower().encode(): value.encode() for name, value in out.headers}
    return DIALECTS[form].parse(Asked(out.body, "m", request.is_stream, headers)), out.inexpressible


def differing(asked: Request, heard: Request, losses: tuple[Inexpressible, ...]) -> dict[str, tuple[object, object]]:
    """Return what was asked for and not heard, nor named as lost."""
    named = {loss.what for loss in losses}
    if "tool_choice" in named:
        asked, heard = (msgspec.structs.replace(one, tool_choice=None) for one in (asked, heard))
    before, after = wanted(asked), wanted(heard)
    return {
        facet: (value, after[facet]) for facet, value in before.items() if value != after[facet] and facet not in named
    }


@law
@given(asked=requests())
def test_a_request_in_any_form_reaches_a_provider_of_any_other_or_the_loss_is_named(asked: Request) -> None:
    for form in DIALECTS:
        note(f"written as {form.value}")
        written, losses = sent(asked, form)
        assert differing(asked, written, losses) == {}
        for other in DIALECTS:
            note(f"{form.value} to {other.value}")
            heard, losses = sent(written, other)
            assert differing(written, heard, losses) == {}


@law
@given(asked=requests())
def test_what_is_read_is_what_was_written(asked: Request) -> None:
    for form in DIALECTS:
        note(form.value)
        once, _ = sent(asked, form)
        again, losses = sent(once, form)
        assert losses == ()
        assert again == once
