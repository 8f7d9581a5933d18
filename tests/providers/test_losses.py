"""What many forms lack is named in one way."""

from narrowgate.model.conversation import Form, Inexpressible, Request
from narrowgate.providers.losses import lacking_answers, lacking_extension, lacking_hints

ASKED = Request(Form.OPENAI_CHAT, "m", (), choices=2, previous_response_id="r")


def test_hints_are_lost_only_if_they_were_given() -> None:
    told = lacking_hints((("user", "u"), ("verbosity", None)), "It")
    assert list(told) == [Inexpressible("hints.user", "It has no place for it", is_hint=True)]


def test_several_answers_and_kept_ones_are_no_hints() -> None:
    assert [(one.what, one.is_hint) for one in lacking_answers(ASKED, "It")] == [
        ("choices", False),
        ("previous_response_id", False),
    ]
    assert list(lacking_answers(Request(Form.OPENAI_CHAT, "m", ()), "It")) == []


def test_a_member_of_another_form_is_named_with_it() -> None:
    assert lacking_extension("x", ASKED, is_hint=True) == Inexpressible(
        "extensions.x", "it is of openai_chat alone", is_hint=True
    )
