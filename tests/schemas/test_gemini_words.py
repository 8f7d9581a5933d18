"""Words and values of Gemini's mean the same either way round."""

import base64
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Audio, Document, Form, Image, Seal, Source, Thought, Video
from narrowgate.schemas.gemini_words import (
    block_word,
    finish_word,
    medium,
    modality_word,
    object_of,
    seal_from,
    signature_of,
    thought_from,
    thought_signature_of,
)

FOREIGN = st.builds(Seal, st.sampled_from([form for form in Form if form is not Form.GEMINI_GENERATE]), st.text())


@given(FOREIGN, st.booleans(), st.booleans())
def test_a_foreign_thought_comes_back_whatever_alphabet_a_client_writes(
    seal: Seal, is_redacted: bool, is_url_safe: bool
) -> None:
    thought = Thought("hm", seal, is_redacted=is_redacted)
    signature = thought_signature_of(thought)
    assert signature is not None
    data = base64.b64decode(signature, validate=True)
    if is_url_safe:
        signature = base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert thought_from("hm", signature) == thought


@given(st.text(string.ascii_letters + string.digits + "+/-_="))
def test_googles_own_signature_stays_as_it_is(data: str) -> None:
    seal = Seal(Form.GEMINI_GENERATE, data)
    assert signature_of(seal) == data
    assert isinstance(seal_from(data), Seal)


def test_a_summary_stays_one() -> None:
    thought = Thought("so", Seal(Form.OPENAI_RESPONSES, "enc", "rs_1"), is_summary=True)
    assert thought_from("so", thought_signature_of(thought)) == thought
    assert thought_from("so", None) == Thought("so")


def test_enums_may_be_numbers() -> None:
    assert finish_word(1) == "STOP"
    assert finish_word(99) == "OTHER"
    assert block_word(1) == "SAFETY"
    assert modality_word(4) == "AUDIO"
    assert finish_word("LANGUAGE") == "LANGUAGE"


def test_only_objects_are_objects() -> None:
    found = object_of(' {"a": 1.0}')
    assert found is not None
    assert bytes(found) == b' {"a": 1.0}'
    for text in ("", "[1]", "{", '"x"'):
        assert object_of(text) is None


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [("image/png", Image), ("audio/wav", Audio), ("video/mp4", Video), ("application/pdf", Document), (None, Document)],
)
def test_the_media_type_says_what_it_is(media_type: str | None, kind: type[msgspec.Struct]) -> None:
    assert isinstance(medium(Source(data="QQ==", media_type=media_type)), kind)
