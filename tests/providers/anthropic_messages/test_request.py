import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.dialects.anthropic_messages.parse import parse
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    AnyTool,
    CacheMark,
    CustomTool,
    Extension,
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
from narrowgate.providers.anthropic_messages.request import count_tokens_body, to_wire
from narrowgate.providers.family import Quirks

OWN, CHAT = Form.ANTHROPIC_MESSAGES, Form.OPENAI_CHAT
LOOK = Tool("look", "d", Raw(b'{"type": "object"}'))
BARE = Request(CHAT, "m", (Message(Role.USER, (Text("hi"),)),))


def request(**more: object) -> Request:
    return msgspec.structs.replace(BARE, **more)


def body(asked: Request, model: str = "claude-sonnet-4-5", quirks: Quirks | None = None) -> dict[str, object]:
    return msgspec.json.decode(to_wire(asked, model, quirks or Quirks()).body, type=dict[str, object])


def lost(asked: Request, model: str = "claude-sonnet-4-5", quirks: Quirks | None = None) -> list[tuple[str, bool]]:
    return [(item.what, item.is_hint) for item in to_wire(asked, model, quirks or Quirks()).inexpressible]


def test_the_least_request_has_the_limit_anthropic_wants() -> None:
    out = to_wire(BARE, "claude", Quirks(default_max_tokens=7))
    assert msgspec.json.decode(out.body) == {
        "model": "claude",
        "max_tokens": 7,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    }
    assert (out.headers, out.inexpressible) == ((("anthropic-version", "2023-06-01"),), ())


def test_tools_are_written_with_their_schema_byte_for_byte() -> None:
    out = to_wire(request(tools=(LOOK, Tool("bare")), is_parallel=False), "claude", Quirks())
    assert b'"input_schema":{"type": "object"}' in out.body
    written = msgspec.json.decode(out.body, type=dict[str, object])
    assert written["tools"] == [
        {"name": "look", "description": "d", "input_schema": {"type": "object"}},
        {"name": "bare", "input_schema": {"type": "object", "properties": {}}},
    ]
    assert written["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_strictness_is_told_unless_the_provider_does_not_know_it() -> None:
    strict = request(tools=(msgspec.structs.replace(LOOK, is_strict=True),))
    lax = request(tools=(msgspec.structs.replace(LOOK, is_strict=False),))
    assert "'strict': True" in str(body(strict)["tools"])
    assert "strict" not in str(body(lax)["tools"])
    older = Quirks(unknown=frozenset({"tools.is_strict"}))
    assert "strict" not in str(body(strict, quirks=older)["tools"])
    assert lost(strict, quirks=older) == [("tools[0].is_strict", True)]


def test_a_tool_of_free_text_takes_an_object_with_it() -> None:
    asked = request(tools=(CustomTool("patch", "d", Raw(b"{}")),))
    assert "'properties': {'input': {'type': 'string'}}" in str(body(asked)["tools"])
    assert lost(asked) == [("tools[0].is_custom", True), ("tools[0].format", True)]


def test_a_tool_of_another_form_is_lost() -> None:
    other = ForeignTool(Form.OPENAI_RESPONSES, "file_search", Raw(b"{}"))
    assert lost(request(tools=(other,))) == [("tools[0]", False)]
    assert "tools" not in body(request(tools=(other,)))


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (ToolChoice(ToolMode.AUTO), {"type": "auto"}),
        (ToolChoice(ToolMode.NONE), {"type": "none"}),
        (ToolChoice(ToolMode.REQUIRED), {"type": "any"}),
        (ToolChoice(ToolMode.NAMED, ("look",)), {"type": "tool", "name": "look"}),
    ],
)
def test_tool_choices_are_written(choice: ToolChoice, said: object) -> None:
    assert body(request(tools=(LOOK,), tool_choice=choice))["tool_choice"] == said


def test_a_choice_without_tools_is_left_out_when_it_says_nothing() -> None:
    assert "tool_choice" not in body(request(tool_choice=ToolChoice(ToolMode.AUTO), is_parallel=False))


def test_an_allowed_subset_is_all_that_is_offered() -> None:
    asked = request(tools=(LOOK, Tool("other")), tool_choice=ToolChoice(ToolMode.REQUIRED, ("other",)))
    written = body(asked)
    assert "look" not in str(written["tools"])
    assert written["tool_choice"] == {"type": "any"}


def test_sampling_is_written() -> None:
    asked = request(sampling=Sampling(1.0, 0.5, 3, presence_penalty=0.0, stop=("x",), has_logprobs=False))
    written = body(asked)
    assert (written["temperature"], written["top_p"], written["top_k"]) == (1.0, 0.5, 3)
    assert written["stop_sequences"] == ["x"]
    assert lost(asked) == []


@pytest.mark.parametrize(
    ("sampling", "what"),
    [
        (Sampling(temperature=1.5), "temperature"),
        (Sampling(min_p=0.1), "min_p"),
        (Sampling(presence_penalty=0.1), "presence_penalty"),
        (Sampling(frequency_penalty=0.1), "frequency_penalty"),
        (Sampling(seed=0), "seed"),
        (Sampling(logit_bias=Raw(b'{"1":2}')), "logit_bias"),
        (Sampling(has_logprobs=True), "has_logprobs"),
    ],
)
def test_sampling_that_has_no_place_is_lost(sampling: Sampling, what: str) -> None:
    assert lost(request(sampling=sampling)) == [(f"sampling.{what}", False)]


def test_numbers_that_a_model_refuses_are_lost_and_not_sent() -> None:
    warm = request(sampling=Sampling(0.5, top_k=2))
    assert lost(warm, "claude-opus-4-7") == [("sampling.temperature", False), ("sampling.top_k", False)]
    assert "temperature" not in body(warm, "claude-opus-4-7")
    thinking = request(sampling=Sampling(0.5, top_k=2), reasoning=Reasoning("high"))
    assert lost(thinking) == [("sampling.temperature", False), ("sampling.top_k", False)]
    assert lost(warm, quirks=Quirks(unknown=frozenset({"sampling.top_k"}))) == [("sampling.top_k", False)]


def test_structured_output_goes_by_a_schema_made_fit() -> None:
    asked = request(format=OutputFormat(FormatKind.SCHEMA, Raw(b'{"type":"object","maxProperties":2}'), "name"))
    schema = {"type": "object", "additionalProperties": False}
    assert body(asked)["output_config"] == {"format": {"type": "json_schema", "schema": schema}}
    assert lost(asked) == [("format.schema.maxProperties", True)]


def test_json_without_a_schema_is_lost() -> None:
    assert lost(request(format=OutputFormat(FormatKind.JSON))) == [("format", False)]
    assert lost(request(format=OutputFormat(FormatKind.TEXT))) == []


def test_thinking_and_effort_stand_where_the_model_looks_for_them() -> None:
    asked = request(reasoning=Reasoning("high"), max_output_tokens=64_000)
    assert body(asked)["thinking"] == {"type": "enabled", "budget_tokens": 16_384}
    newer = body(asked, "claude-opus-4-7")
    assert (newer["thinking"], newer["output_config"]) == ({"type": "adaptive"}, {"effort": "high"})


def test_hints_are_written_where_there_is_a_place() -> None:
    asked = request(hints=Hints("u", Raw(b"{}"), "flex", "k", is_stored=True, verbosity="low"))
    assert body(asked)["metadata"] == {"user_id": "u"}
    assert lost(asked) == [
        ("hints.service_tier", True),
        ("hints.metadata", True),
        ("hints.cache_key", True),
        ("hints.is_stored", True),
        ("hints.verbosity", True),
    ]
    assert body(request(hints=Hints(service_tier="default")))["service_tier"] == "standard_only"


def test_what_a_conversation_elsewhere_may_ask_is_lost() -> None:
    asked = request(choices=2, previous_response_id="r", extensions=(Extension("modalities", Raw(b"[]")),))
    assert lost(asked) == [("choices", False), ("previous_response_id", False), ("extensions.modalities", False)]


def test_extensions_of_a_client_of_this_form_go_back_to_their_places() -> None:
    blocks = [{"type": "text", "text": "x-anthropic-billing-header: a"}, {"type": "text", "text": "be kind"}]
    sent = {
        "model": "m",
        "max_tokens": 5,
        "system": blocks,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "tools": [{"name": "a", "input_schema": {"type": "object"}, "defer_loading": True}],
        "output_config": {"task_budget": {"type": "tokens"}},
        "context_management": {"edits": []},
        "container": "c",
    }
    asked = parse(Asked(msgspec.json.encode(sent), headers={b"anthropic-beta": b"one,two"}))
    out = to_wire(asked, "m", Quirks())
    assert msgspec.json.decode(out.body) == sent
    assert out.headers == (("anthropic-version", "2023-06-01"), ("anthropic-beta", "one,two"))
    assert out.inexpressible == ()
    elsewhere = msgspec.structs.replace(asked, form=CHAT)
    assert all(item.is_hint for item in to_wire(elsewhere, "m", Quirks()).inexpressible if "beta" in item.what)


def test_a_count_of_tokens_is_asked_with_what_has_tokens() -> None:
    asked = request(sampling=Sampling(0.5), tools=(LOOK,), is_stream=True, hints=Hints("u"))
    counted = msgspec.json.decode(count_tokens_body(asked, "claude"), type=dict[str, object])
    assert set(counted) == {"model", "messages", "tools"}


TEXTS = st.builds(
    Text, st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), st.none() | st.just(CacheMark("5m"))
)
IMAGES = st.builds(Image, st.just(Source(url="https://a.example/b.png")))
IDS = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True).filter(lambda text: "__seal" not in text)
RESULTS = st.builds(
    ToolResult,
    IDS,
    st.lists(TEXTS | IMAGES, max_size=2).map(tuple),
    is_error=st.booleans(),
)
CALLS = st.builds(ToolCall, IDS, IDS, st.sampled_from(["{}", '{"a": [1.0, "é"]}']))
THOUGHTS = st.builds(Thought, st.text(st.characters(codec="utf-8"), max_size=9), st.just(Seal(OWN, "c2ln")))
TURNS = st.tuples(
    st.lists(RESULTS, max_size=2),
    st.lists(TEXTS | IMAGES, min_size=1, max_size=3),
    st.lists(THOUGHTS, max_size=2),
    st.lists(TEXTS | CALLS, min_size=1, max_size=3),
)
TOOLS: st.SearchStrategy[AnyTool] = st.builds(
    Tool, IDS, st.none() | st.text(max_size=5), st.just(Raw(b'{"type":"object"}')), st.none() | st.booleans()
) | st.just(ForeignTool(OWN, "bash_20250124", Raw(b'{"type":"bash_20250124","name":"bash"}')))
REASONINGS = st.sampled_from(
    [
        None,
        Reasoning("low"),
        Reasoning(budget_tokens=2_000, is_on=True, is_shown=True),
        Reasoning("max", is_on=True, is_adaptive=True),
        Reasoning(is_on=False),
    ]
)


@st.composite
def own_requests(draw: st.DrawFn) -> Request:
    messages: list[Message] = []
    if draw(st.booleans()):
        messages.append(Message(Role.SYSTEM, tuple(draw(st.lists(TEXTS, min_size=1, max_size=2)))))
    for results, said, thoughts, answered in draw(st.lists(TURNS, max_size=3)):
        messages.append(Message(Role.USER, (*results, *said)))
        messages.append(Message(Role.ASSISTANT, (*thoughts, *answered)))
    tools = tuple(draw(st.lists(TOOLS, max_size=3)))
    choice = (
        draw(st.sampled_from([None, ToolChoice(ToolMode.AUTO), ToolChoice(ToolMode.NAMED, ("f",))])) if tools else None
    )
    return Request(
        OWN,
        "m",
        tuple(messages),
        tools,
        choice,
        False if choice is not None and draw(st.booleans()) else None,
        draw(st.integers(1, 10**6)),
        draw(
            st.builds(Sampling, st.none() | st.floats(0, 2), st.none() | st.floats(0, 1), st.none() | st.integers(0, 9))
        ),
        draw(st.sampled_from([None, OutputFormat(FormatKind.SCHEMA, Raw(b'{"type":"object"}'))])),
        draw(REASONINGS),
        is_stream=draw(st.booleans()),
        has_stream_usage=True,
        hints=draw(st.sampled_from([Hints(), Hints("u", service_tier="auto")])),
        extensions=draw(st.sampled_from([(), (Extension("container", Raw(b'"c"')),)])),
    )


@pytest.mark.slow
@given(own_requests())
def test_what_was_written_is_read_as_it_was_meant(asked: Request) -> None:
    out = to_wire(asked, "m", Quirks())
    assert parse(Asked(out.body)) == asked
    assert out.inexpressible == ()
