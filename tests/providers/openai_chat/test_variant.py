import json

from narrowgate.model.conversation import Form, Message, Request, Role, Text, Tool, ToolChoice, ToolMode
from narrowgate.providers.family import Variant
from narrowgate.providers.openai_chat import FAMILY
from narrowgate.providers.openai_chat.variant import as_variant
from narrowgate.providers.registry import PROFILES

VARIANT = Variant((("model", "model_id"),), frozenset({"stream"}), (("project_id", "p"),), "tool_choice_option")


def test_members_have_other_names_go_or_come() -> None:
    body = as_variant(b'{"model":"m","stream":true,"tool_choice":"auto","n":2}', VARIANT)
    assert body == b'{"model_id":"m","tool_choice_option":"auto","n":2,"project_id":"p"}'


def test_a_named_tool_is_no_word_and_the_clients_project_counts() -> None:
    asked = b'{"tool_choice":{"type":"function","function":{"name":"f"}},"project_id":"mine"}'
    assert as_variant(asked, VARIANT) == asked


def test_watsonx_is_asked_in_its_own_members() -> None:
    request = Request(
        Form.ANTHROPIC_MESSAGES,
        "m",
        (Message(Role.USER, (Text("hi"),)),),
        (Tool("f", None, None),),
        ToolChoice(ToolMode.REQUIRED),
        is_parallel=False,
        max_output_tokens=9,
        is_stream=True,
    )
    made = FAMILY.to_wire(request, "ibm/granite-4-h-small", PROFILES["watsonx"].quirks)
    assert json.loads(made.body) == {
        "model_id": "ibm/granite-4-h-small",
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice_option": "required",
        "max_tokens": 9,
    }
    assert [one.what for one in made.inexpressible] == ["is_parallel"]
