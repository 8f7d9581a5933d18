"""Tools of free text are functions to who knows no others, and come back as what they were."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.conversation import (
    CustomTool,
    Form,
    Message,
    Request,
    Role,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from narrowgate.model.reply import Choice, Finish, Reply, fold, unfold
from narrowgate.providers.compatible.quirks import OPENAI
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Quirks
from narrowgate.providers.free_text import FreeText, family_for

GRAMMAR = msgspec.Raw(b'{"type":"grammar","syntax":"lark","definition":"start: /x+/"}')
CHAT_GRAMMAR = msgspec.Raw(b'{"type":"grammar","grammar":{"syntax":"lark","definition":"start: /x+/"}}')
PATCH = CustomTool("patch", "Change a file.", GRAMMAR)
LOOK = Tool("look", None, msgspec.Raw(b'{"type":"object"}'))
ASKED = Request(
    Form.OPENAI_RESPONSES,
    "m",
    (
        Message(Role.USER, (Text("go"),)),
        Message(Role.ASSISTANT, (ToolCall("call_1", "patch", '*** "begin"\n', is_custom=True),)),
        Message(Role.USER, (ToolResult("call_1", (Text("done"),), is_custom=True),)),
    ),
    (PATCH, LOOK),
    max_output_tokens=99,
)
FUNCTIONS_ONLY = [form for form in DIALECTS if form is not Form.OPENAI_RESPONSES]
each_form = pytest.mark.parametrize("form", FUNCTIONS_ONLY, ids=lambda form: form.value)


@each_form
def test_they_are_sent_as_functions_and_nothing_is_refused(form: Form) -> None:
    family = family_for(ASKED, FAMILIES[form], Quirks())
    out = family.to_wire(ASKED, "m", Quirks())
    assert [one for one in out.inexpressible if not one.is_hint] == []
    assert "tools[0].format" in {one.what for one in out.inexpressible}
    heard = DIALECTS[form].parse(Asked(out.body, "m", is_stream=False))
    tool = heard.tools[0]
    assert isinstance(tool, Tool)
    assert tool.name == "patch"
    assert tool.description == "Change a file.\n\nThe input must be of this grammar:\nstart: /x+/"
    (call,) = (part for said in heard.messages for part in said.parts if isinstance(part, ToolCall))
    assert json.loads(call.arguments) == {"input": '*** "begin"\n'}


@each_form
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_called_comes_back_as_free_text(form: Form, text: str) -> None:
    family = family_for(ASKED, FAMILIES[form], Quirks())
    calls = (ToolCall("call_1", "patch", json.dumps({"input": text})), ToolCall("call_2", "look", '{"input":"x"}'))
    reply = Reply(form, "id_1", "m", (Choice(calls, Finish.TOOL_CALLS),))
    dialect, asked = DIALECTS[form], Request(form, "m", (), is_stream=True)
    encoder = dialect.encoder(asked, "id_1", 1)
    decoder = family.decoder(Quirks())
    stream = b"".join(encoder.encode(event) for event in unfold(reply))
    for answer in (
        family.from_wire(dialect.render(reply, asked), Quirks()),
        fold([*decoder.feed(stream), *decoder.end()]),
    ):
        first, second = answer.choices[0].parts
        assert isinstance(first, ToolCall)
        assert isinstance(second, ToolCall)
        assert (first.name, first.arguments, first.is_custom) == ("patch", text, True)
        assert (second.name, second.is_custom) == ("look", False)
        assert json.loads(second.arguments) == {"input": "x"}


def test_what_is_no_such_object_is_the_text_itself() -> None:
    family = FreeText(FAMILIES[Form.OPENAI_CHAT], frozenset({"patch"}))
    body = DIALECTS[Form.OPENAI_CHAT].render(
        Reply(Form.OPENAI_CHAT, "id_1", "m", (Choice((ToolCall("call_1", "patch", "*** begin"),)),)),
        Request(Form.OPENAI_CHAT, "m", ()),
    )
    (call,) = family.from_wire(body, Quirks()).choices[0].parts
    assert isinstance(call, ToolCall)
    assert call.arguments == "*** begin"


def test_who_knows_them_is_asked_as_it_is() -> None:
    for form, quirks in ((Form.OPENAI_RESPONSES, Quirks()), (Form.OPENAI_CHAT, OPENAI)):
        assert family_for(ASKED, FAMILIES[form], quirks) is FAMILIES[form]
    plain = msgspec.structs.replace(ASKED, tools=(LOOK,), messages=ASKED.messages[:1])
    assert family_for(plain, FAMILIES[Form.GEMINI_GENERATE], Quirks()) is FAMILIES[Form.GEMINI_GENERATE]


def test_grammars_of_both_forms_are_described() -> None:
    family = FAMILIES[Form.OPENAI_CHAT]
    for format_, has_grammar in (
        (CHAT_GRAMMAR, True),
        (msgspec.Raw(b'{"type":"text"}'), False),
        (msgspec.Raw(b"7"), False),
    ):
        asked = msgspec.structs.replace(ASKED, tools=(CustomTool("patch", None, format_),))
        out = family_for(asked, family, Quirks()).to_wire(asked, "m", Quirks())
        assert (b"start: /x+/" in out.body) is has_grammar
        assert bool(out.inexpressible) is has_grammar
    assert family_for(ASKED, family, Quirks()).form is Form.OPENAI_CHAT
    assert family_for(ASKED, family, Quirks()).fault(500, {}, b"no").message
