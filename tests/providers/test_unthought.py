"""Claude is not told to think where it would refuse to."""

import json

import pytest

from narrowgate.model.conversation import Form, Message, Part, Reasoning, Request, Role, Seal, Text, Thought, ToolCall
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Quirks
from narrowgate.providers.unthought import UNTHOUGHT, is_unthought

CALL = ToolCall("1", "f", "{}")
SIGNED = Thought("t", Seal(Form.ANTHROPIC_MESSAGES, "s"))
FOREIGN = Thought("t", Seal(Form.GEMINI_GENERATE, "s"))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((CALL,), True),
        ((Text("t"), CALL), True),
        ((FOREIGN, CALL), True),
        ((Thought("t"), CALL), True),
        ((SIGNED, CALL), False),
        ((Text("t"),), False),
    ],
)
def test_a_call_without_signed_thoughts_before_it(parts: tuple[Part, ...], expected: bool) -> None:
    talk = [Message(Role.USER, (Text("hi"),)), Message(Role.ASSISTANT, parts), Message(Role.USER, (Text("go"),))]
    assert is_unthought(talk, {Form.ANTHROPIC_MESSAGES}) is expected
    assert not is_unthought(talk[:1], {Form.ANTHROPIC_MESSAGES})


@pytest.mark.parametrize("form", [Form.ANTHROPIC_MESSAGES, Form.BEDROCK_CONVERSE])
@pytest.mark.parametrize(("parts", "thinks"), [((CALL,), False), ((SIGNED, CALL), True)])
def test_thinking_is_left_out_and_told(form: Form, parts: tuple[Part, ...], thinks: bool) -> None:
    talk = (Message(Role.USER, (Text("hi"),)), Message(Role.ASSISTANT, parts))
    asked = Request(Form.OPENAI_CHAT, "m", talk, reasoning=Reasoning("low"), max_output_tokens=9_000)
    out = FAMILIES[form].to_wire(asked, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", Quirks())
    assert (b'"budget_tokens"' in out.body) is thinks
    assert (UNTHOUGHT in out.inexpressible) is not thinks
    newer = FAMILIES[form].to_wire(asked, "us.anthropic.claude-opus-4-8-v1:0", Quirks())
    assert "adaptive" in json.dumps(json.loads(newer.body))
