from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.dialects.cohere_chat.parse import request_of
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    Document,
    Extension,
    ForeignTool,
    Form,
    FormatKind,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Text,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.model.fault import Failed, FaultKind
from narrowgate.providers.cohere_chat import FAMILY
from narrowgate.providers.family import Quirks
from tests.dialects.cohere_chat.conversations import REQUESTS

COHERE = Form.COHERE_CHAT
HELLO = '"model":"m","messages":[{"role":"user","content":"hi"}]'


def parsed(members: str) -> Request:
    return request_of(Asked(f"{{{HELLO},{members}}}".encode()))


def test_a_full_request_is_understood() -> None:
    request = parsed(
        '"stream":true,"temperature":0.5,"p":0.9,"k":3,"seed":1,"stop_sequences":["x"],"max_tokens":5,'
        '"presence_penalty":0.1,"frequency_penalty":0.2,"logprobs":true,"strict_tools":true,"tool_choice":"REQUIRED",'
        '"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{ "a": 1}}},{"type":"web"}],'
        '"thinking":{"type":"enabled","token_budget":7},"response_format":{"type":"json_object","json_schema":{"b":2}},'
        '"safety_mode":"OFF","citation_options":{"mode":"FAST"},"other":null,"documents":[]'
    )
    assert request == Request(
        COHERE,
        "m",
        (Message(Role.USER, (Text("hi"),)),),
        (
            Tool("f", "d", msgspec.Raw(b'{ "a": 1}'), is_strict=True),
            ForeignTool(COHERE, "web", msgspec.Raw(b'{"type":"web"}')),
        ),
        ToolChoice(ToolMode.REQUIRED),
        max_output_tokens=5,
        sampling=Sampling(0.5, 0.9, 3, None, 0.1, 0.2, 1, ("x",), has_logprobs=True),
        format=OutputFormat(FormatKind.SCHEMA, msgspec.Raw(b'{"b":2}')),
        reasoning=Reasoning(budget_tokens=7, is_on=True),
        is_stream=True,
        has_stream_usage=True,
        extensions=(
            Extension("safety_mode", msgspec.Raw(b'"OFF"')),
            Extension("citation_options", msgspec.Raw(b'{"mode":"FAST"}'), is_hint=True),
        ),
    )


def test_formats_and_thinking_in_their_other_spellings() -> None:
    assert parsed('"response_format":{"type":"text"}').format == OutputFormat(FormatKind.TEXT)
    assert parsed('"response_format":{"type":"json_object"}').format == OutputFormat(FormatKind.JSON)
    older = parsed('"response_format":{"type":"json_object","schema":{}}').format
    assert older == OutputFormat(FormatKind.SCHEMA, msgspec.Raw(b"{}"))
    assert parsed('"thinking":{"type":"disabled"}').reasoning == Reasoning(is_on=False)


def test_documents_stand_before_the_users_last_words() -> None:
    body = (
        b'{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},'
        b'{"role":"user","content":"c"},{"role":"tool","tool_call_id":"t","content":"d"}],'
        b'"documents":["x",{"id":"i","data":{"text":"y"}}]}'
    )
    assert request_of(Asked(body)).messages[2].parts == (Document(text="x"), Document(text="y", name="i"), Text("c"))
    alone = request_of(Asked(b'{"model":"m","messages":[],"documents":["x"]}'))
    assert alone.messages == (Message(Role.USER, (Document(text="x"),)),)


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ('"tool_choice":"SOME"', "tool_choice"),
        ('"thinking":{"type":"maybe"}', "thinking.type"),
        ('"response_format":{"type":"xml"}', "response_format.type"),
        ('"tools":[{"type":"function"}]', "tools[0].function"),
        ('"tools":[{"type":"function","function":{"name":1}}]', "tools[0].function.name"),
        ('"documents":[{"data":3}]', "documents[0].data"),
        ('"temperature":"hot"', "temperature"),
        ('"messages":[{"role":"user","content":[{"type":"text","text":3}]}]', "messages[0].content[0].text"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(members: str, path: str) -> None:
    with pytest.raises(Failed) as failed:
        parsed(members)
    fault = failed.value.fault
    assert (fault.kind, fault.param) == (FaultKind.BAD_REQUEST, path)
    assert fault.message.startswith(f"{path}: ")


def test_half_an_emoji_is_no_harm() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"\\ud83d"}]}'
    assert request_of(Asked(body)).messages[0].parts == (Text("�"),)


@given(REQUESTS)
def test_what_is_sent_is_what_was_asked(request: Request) -> None:
    sent = FAMILY.to_wire(request, request.model, Quirks())
    assert sent.inexpressible == ()
    again = request_of(Asked(sent.body))
    assert FAMILY.to_wire(again, again.model, Quirks()).body == sent.body
    tools = tuple(msgspec.structs.replace(tool, is_strict=True) for tool in again.tools if isinstance(tool, Tool))
    assert msgspec.structs.replace(again, tools=tools) == request


@given(st.one_of(st.binary(max_size=50), st.text(max_size=40).map(lambda junk: f"{{{HELLO},{junk}}}".encode())))
def test_junk_is_a_bad_request(junk: bytes) -> None:
    with suppress(Failed):
        request_of(Asked(junk))
