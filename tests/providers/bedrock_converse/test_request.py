import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.bedrock_converse import DIALECT
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    AnyTool,
    CacheMark,
    CustomTool,
    Document,
    Extension,
    Foreign,
    ForeignTool,
    Form,
    FormatKind,
    Hints,
    Image,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Seal,
    Source,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
)
from narrowgate.providers.bedrock_converse.request import to_wire
from narrowgate.providers.family import Quirks
from narrowgate.schemas.bedrock_blocks import OWN

_SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_LLAMA = "meta.llama3-1-70b-instruct-v1:0"
_HI = (Message(Role.USER, (Text("hi"),)),)
_SCHEMA = Raw(b'{"type": "object", "properties": {"a": {"type": "string"}}}')
_TOOL = Tool("f", "does", _SCHEMA)
_CALLED = (
    *_HI,
    Message(Role.ASSISTANT, (ToolCall("c", "f", "{}"),)),
    Message(Role.USER, (ToolResult("c", (Text("x"),)),)),
)


def _request(messages: tuple[Message, ...] = _HI, form: Form = Form.OPENAI_CHAT, **more: object) -> Request:
    return msgspec.structs.replace(Request(form, "m", messages), **more)


def _wire(request: Request, model: str = _SONNET) -> tuple[dict[str, object], list[tuple[str, bool]]]:
    out = to_wire(request, model, Quirks())
    body: dict[str, object] = msgspec.json.decode(out.body, type=dict[str, object])
    del body["messages"]
    return body, [(lost.what, lost.is_hint) for lost in out.inexpressible]


def test_numbers_stand_where_converse_has_them() -> None:
    sampling = Sampling(temperature=0.5, top_p=0.9, top_k=7, stop=("END",))
    assert _wire(_request(sampling=sampling, max_output_tokens=9)) == (
        {
            "inferenceConfig": {"maxTokens": 9, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]},
            "additionalModelRequestFields": {"top_k": 7},
        },
        [],
    )


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("amazon.nova-lite-v1:0", {"inferenceConfig": {"topK": 7}}),
        ("cohere.command-r-v1:0", {"k": 7}),
        ("abc", {"top_k": 7}),
    ],
)
def test_top_k_has_the_name_the_model_knows(model: str, fields: object) -> None:
    assert _wire(_request(sampling=Sampling(top_k=7)), model) == ({"additionalModelRequestFields": fields}, [])


@pytest.mark.parametrize(
    ("sampling", "model", "what"),
    [
        (Sampling(top_k=7), _LLAMA, "sampling.top_k"),
        (Sampling(temperature=1.5), _SONNET, "sampling.temperature"),
        (Sampling(temperature=0.5), "anthropic.claude-opus-4-7-v1", "sampling.temperature"),
        (Sampling(min_p=0.1), _SONNET, "sampling.min_p"),
        (Sampling(presence_penalty=0.1), _SONNET, "sampling.presence_penalty"),
        (Sampling(frequency_penalty=0.1), _SONNET, "sampling.frequency_penalty"),
        (Sampling(seed=1), _SONNET, "sampling.seed"),
        (Sampling(logit_bias=Raw(b'{"1":2}')), _SONNET, "sampling.logit_bias"),
        (Sampling(has_logprobs=True), _SONNET, "sampling.has_logprobs"),
    ],
)
def test_numbers_without_a_place_are_told(sampling: Sampling, model: str, what: str) -> None:
    assert _wire(_request(sampling=sampling), model) == ({}, [(what, False)])


def test_what_changes_nothing_is_not_told() -> None:
    assert _wire(_request(sampling=Sampling(presence_penalty=0.0, logit_bias=Raw(b"{}")))) == ({}, [])


def test_what_a_provider_does_not_know_is_told() -> None:
    out = to_wire(_request(sampling=Sampling(top_p=0.5)), _SONNET, Quirks(unknown=frozenset({"sampling.top_p"})))
    assert [lost.what for lost in out.inexpressible] == ["sampling.top_p"]


def test_a_thinking_claude_takes_less_of_the_numbers() -> None:
    body, lost = _wire(_request(sampling=Sampling(temperature=0.5, top_k=7), reasoning=Reasoning("low")))
    assert body == {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2_048}}}
    assert lost == [("sampling.top_k", False), ("sampling.temperature", False)]


def test_tools_are_told_with_their_schemas_byte_for_byte() -> None:
    out = to_wire(_request(tools=(_TOOL,), tool_choice=ToolChoice(ToolMode.REQUIRED)), _SONNET, Quirks())
    assert b'"json":' + bytes(_SCHEMA) in out.body
    assert msgspec.json.decode(out.body)["toolConfig"]["toolChoice"] == {"any": {}}


@pytest.mark.parametrize(
    ("tool", "entry"),
    [
        (
            Tool("f", "", None, cache=CacheMark()),
            [
                {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object", "properties": {}}}}},
                {"cachePoint": {"type": "default"}},
            ],
        ),
        (
            Tool("f", None, Raw(b'{"properties":{}}'), is_strict=True),
            [
                {
                    "toolSpec": {
                        "name": "f",
                        "inputSchema": {"json": {"properties": {}, "type": "object"}},
                        "strict": True,
                    }
                }
            ],
        ),
        (
            CustomTool("f", "d"),
            [
                {
                    "toolSpec": {
                        "name": "f",
                        "inputSchema": {
                            "json": {
                                "type": "object",
                                "properties": {"input": {"type": "string"}},
                                "required": ["input"],
                            }
                        },
                        "description": "d",
                    }
                }
            ],
        ),
    ],
)
def test_a_tool_is_what_bedrock_asks_for(tool: AnyTool, entry: object) -> None:
    assert _wire(_request(tools=(tool,))) == ({"toolConfig": {"tools": entry}}, [])


def test_a_foreign_tool_is_told_and_an_own_one_sent_as_it_is() -> None:
    raw = Raw(b'{"systemTool":{"name":"nova_grounding"}}')
    assert _wire(_request(tools=(ForeignTool(Form.OPENAI_RESPONSES, "web", raw),))) == ({}, [("tools[0]", False)])
    own = _request(tools=(ForeignTool(OWN, "systemTool", raw),), form=OWN)
    assert _wire(own) == ({"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}}, [])


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (ToolChoice(ToolMode.AUTO), {"auto": {}}),
        (ToolChoice(ToolMode.NAMED, ("f",)), {"tool": {"name": "f"}}),
        (None, None),
    ],
)
def test_a_choice_has_its_word(choice: ToolChoice | None, wire: object) -> None:
    body, _ = _wire(_request(tools=(_TOOL,), tool_choice=choice))
    config = body["toolConfig"]
    assert isinstance(config, dict)
    assert config.get("toolChoice") == wire


def test_an_allowed_subset_is_told_by_offering_no_others() -> None:
    choice = ToolChoice(ToolMode.AUTO, ("f",))
    body, _ = _wire(_request(tools=(_TOOL, Tool("g")), tool_choice=choice))
    assert msgspec.json.encode(body).count(b"toolSpec") == 1


def test_no_call_is_asked_for_by_leaving_the_tools_out() -> None:
    none = ToolChoice(ToolMode.NONE)
    assert _wire(_request(tools=(_TOOL,), tool_choice=none)) == ({}, [("tools", True)])
    body, lost = _wire(_request(_CALLED, tools=(_TOOL,), tool_choice=none))
    assert "toolConfig" in body
    assert lost == [("tool_choice", False)]


def test_tools_of_earlier_calls_are_told_by_name() -> None:
    body, lost = _wire(_request(_CALLED))
    spec = {"name": "f", "inputSchema": {"json": {"type": "object", "properties": {}}}}
    assert body == {"toolConfig": {"tools": [{"toolSpec": spec}]}}
    assert lost == [("tools", True)]


def test_one_call_at_a_time_is_claudes_alone() -> None:
    body, lost = _wire(_request(tools=(_TOOL,), is_parallel=False))
    assert body["additionalModelRequestFields"] == {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
    assert lost == []
    assert _wire(_request(tools=(_TOOL,), is_parallel=False), _LLAMA)[1] == [("is_parallel", False)]
    forced = _request(tools=(_TOOL,), is_parallel=False, tool_choice=ToolChoice(ToolMode.REQUIRED))
    assert _wire(forced)[1] == [("is_parallel", False)]


def test_a_schema_for_the_answer_is_told_as_text() -> None:
    wanted = OutputFormat(FormatKind.SCHEMA, Raw(b'{"type":"object","properties":{"n":{"minimum":1}}}'), "n")
    body, lost = _wire(_request(format=wanted))
    schema = '{"type":"object","properties":{"n":{}},"additionalProperties":false}'
    structure = {"jsonSchema": {"schema": schema, "name": "n"}}
    assert body == {"outputConfig": {"textFormat": {"type": "json_schema", "structure": structure}}}
    assert lost == [("format.schema.minimum", True)]
    assert _wire(_request(format=wanted), _LLAMA) == ({}, [("format", False)])


def test_json_without_a_schema_has_no_place() -> None:
    assert _wire(_request(format=OutputFormat(FormatKind.JSON))) == ({}, [("format", False)])
    assert _wire(_request(format=OutputFormat(FormatKind.TEXT))) == ({}, [])


def test_hints_are_kept_where_there_is_a_place() -> None:
    hints = Hints("u", Raw(b'{"a":"b"}'), "flex", "k", is_stored=True, verbosity="low")
    body, lost = _wire(_request(hints=hints))
    assert body == {"requestMetadata": {"a": "b"}, "serviceTier": {"type": "flex"}}
    assert lost == [
        ("hints.user", True),
        ("hints.cache_key", True),
        ("hints.is_stored", True),
        ("hints.verbosity", True),
    ]
    assert _wire(_request(hints=Hints(metadata=Raw(b'{"a":1}'), service_tier="scale"))) == (
        {},
        [("hints.metadata", True), ("hints.service_tier", True)],
    )


def test_what_bedrock_does_not_do_at_all_is_told() -> None:
    assert _wire(_request(choices=2, previous_response_id="r"))[1] == [
        ("choices", False),
        ("previous_response_id", False),
    ]


def test_extensions_go_out_in_their_own_form_alone() -> None:
    fields = Extension("additionalModelRequestFields", Raw(b'{"foo":1,"top_k":9}'))
    extensions = (Extension("guardrailConfig", Raw(b'{"trace":"enabled"}')), fields)
    own = _request(form=OWN, extensions=extensions, sampling=Sampling(top_k=3))
    assert _wire(own) == (
        {"guardrailConfig": {"trace": "enabled"}, "additionalModelRequestFields": {"foo": 1, "top_k": 9}},
        [],
    )
    foreign = _request(extensions=(Extension("x", Raw(b"1"), is_hint=True), Extension("y", Raw(b"1"))))
    assert _wire(foreign) == ({}, [("extensions.x", True), ("extensions.y", False)])
    odd = _request(form=OWN, extensions=(Extension("additionalModelRequestFields", Raw(b"[1]")),))
    assert _wire(odd) == ({"additionalModelRequestFields": [1]}, [])


# -- the mirror ----------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_IDS = st.from_regex(r"[a-z]{1,9}", fullmatch=True)
_MARKS = st.none() | st.builds(CacheMark, st.none() | st.just("1h"))
_DATA = st.sampled_from(["AAAA", "iVBORw0KGgo="])
_CONTENT = st.one_of(
    st.builds(Text, _TEXTS, _MARKS),
    st.builds(Image, st.builds(Source, data=_DATA, media_type=st.just("image/png")), cache=_MARKS),
    st.builds(Document, st.none(), _TEXTS, _IDS, st.none() | _TEXTS, st.none() | st.booleans(), _MARKS),
    st.builds(
        Document, st.builds(Source, data=_DATA, media_type=st.just("application/pdf")), st.none(), _IDS, cache=_MARKS
    ),
)
_SAID = st.one_of(
    st.builds(Text, _TEXTS, _MARKS),
    st.builds(Thought, _TEXTS, st.builds(Seal, st.just(OWN), _IDS)),
    st.builds(ToolCall, _IDS, _IDS, st.sampled_from(["{}", '{"a":[1, 2.0]}']), cache=_MARKS),
    st.just(Foreign(OWN, "guardContent", Raw(b'{"guardContent":{"text":{"text":"x"}}}'))),
)
_RESULT = st.builds(
    ToolResult,
    _IDS,
    st.lists(st.builds(Text, _TEXTS), max_size=2).map(tuple),
    is_error=st.booleans(),
    cache=_MARKS,
)
_MESSAGES = st.lists(
    st.one_of(
        st.builds(Message, st.just(Role.USER), st.lists(_CONTENT | _RESULT, max_size=3).map(tuple)),
        st.builds(Message, st.just(Role.ASSISTANT), st.lists(_SAID, max_size=3).map(tuple)),
    ).filter(lambda message: bool(message.parts)),
    min_size=1,
    max_size=4,
).map(tuple)
_REASONING = st.one_of(
    st.none(),
    st.builds(
        Reasoning, budget_tokens=st.integers(1, 9), is_on=st.just(value=True), is_shown=st.none() | st.booleans()
    ),
    st.builds(Reasoning, st.none() | st.just("high"), is_on=st.just(value=True), is_adaptive=st.just(value=True)),
    st.just(Reasoning(is_on=False)),
)
_OWN_REQUESTS = st.builds(
    Request,
    st.just(OWN),
    st.just(_SONNET),
    _MESSAGES,
    st.lists(
        st.builds(Tool, _IDS, st.none() | _IDS, st.just(_SCHEMA), st.none() | st.booleans(), _MARKS), max_size=2
    ).map(tuple),
    max_output_tokens=st.none() | st.integers(1, 9),
    sampling=st.builds(
        Sampling, st.none() | st.floats(0, 1), top_k=st.none() | st.integers(1, 9), stop=st.lists(_IDS).map(tuple)
    ),
    format=st.none() | st.builds(OutputFormat, st.just(FormatKind.SCHEMA), st.just(_SCHEMA), st.none() | _IDS),
    reasoning=_REASONING,
    is_stream=st.booleans(),
    has_stream_usage=st.just(value=True),
    hints=st.builds(Hints, metadata=st.none() | st.just(Raw(b'{"a":"b"}')), service_tier=st.none() | st.just("flex")),
    extensions=st.sampled_from(
        [
            (),
            (
                Extension("performanceConfig", Raw(b'{"latency":"optimized"}'), is_hint=True),
                Extension("new", Raw(b"1")),
            ),
        ]
    ),
)


@pytest.mark.slow
@given(_OWN_REQUESTS)
def test_what_is_sent_means_what_was_asked(request: Request) -> None:
    out = to_wire(request, _SONNET, Quirks())
    assert out.inexpressible == ()
    assert DIALECT.parse(Asked(out.body, request.model, request.is_stream)) == request


@pytest.mark.slow
@given(_OWN_REQUESTS, st.sampled_from(list(Form)), st.sampled_from([_SONNET, _LLAMA, "amazon.nova-2-lite-v1:0", "abc"]))
def test_any_request_can_be_sent(request: Request, form: Form, model: str) -> None:
    out = to_wire(msgspec.structs.replace(request, form=form), model, Quirks())
    assert isinstance(msgspec.json.decode(out.body), dict)
