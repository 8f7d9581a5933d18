"""Seals survive forms that are not their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.conversation import Form, Seal, ToolCall
from narrowgate.model.seals import seal_of, seal_text, sealed_id, split_id

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FORMS = st.sampled_from(Form)
NAMES = st.one_of(st.none(), st.text("abcrs_0123.%2E5", min_size=1))


@given(FORMS, st.text("ABCxyz019+/=.", min_size=1), NAMES, FORMS)
def test_a_seal_comes_back_from_a_foreign_signature(form: Form, data: str, name: str | None, own: Form) -> None:
    seal = Seal(form, data, name)
    assert seal_of(seal_text(seal, own), own, name) == seal


@given(FORMS, TEXT)
def test_a_seal_of_the_form_itself_is_the_bare_signature(form: Form, data: str) -> None:
    assert seal_text(Seal(form, data), form) == data


@given(TEXT, FORMS)
def test_any_signature_stands_for_some_seal(text: str, own: Form) -> None:
    assert seal_of(text, own).data in text


@given(FORMS, TEXT, st.text("abc_-019", min_size=1))
def test_a_seal_comes_back_from_an_id(form: Form, data: str, identity: str) -> None:
    call = ToolCall(identity, "f", "{}", seal=Seal(form, data))
    assert split_id(sealed_id(call)) == (identity, call.seal)


def test_an_id_without_a_seal_stays_as_it_is() -> None:
    assert sealed_id(ToolCall("call_1", "f", "{}")) == "call_1"


@pytest.mark.parametrize(
    "text", ["call_1", "", "a__seal_", "a__seal_nobody_00", "a__seal_openai_chat_zz", "a__seal_openai_chat_ff"]
)
def test_any_other_id_stands_for_itself(text: str) -> None:
    assert split_id(text) == (text, None)
