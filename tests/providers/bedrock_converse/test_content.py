import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.model.conversation import (
    CacheMark,
    Citation,
    Foreign,
    Form,
    Image,
    Message,
    Part,
    Refusal,
    Request,
    Role,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)
from narrowgate.providers.bedrock_converse.content import ContentWriter, wire_id
from narrowgate.providers.bedrock_converse.models import traits_of

_CLAUDE = "anthropic.claude-sonnet-4-5-20250929-v1:0"


def _writer(*messages: Message, form: Form = Form.OPENAI_CHAT, model: str = _CLAUDE) -> ContentWriter:
    return ContentWriter(Request(form, "m", messages), traits_of(model))


def _turns(writer: ContentWriter) -> list[tuple[str, list[object]]]:
    return [(turn.role, msgspec.json.decode(msgspec.json.encode(turn.content))) for turn in writer.write()]


def _user(*parts: Part) -> Message:
    return Message(Role.USER, parts)


def _lost(writer: ContentWriter) -> list[tuple[str, bool]]:
    return [(lost.what, lost.is_hint) for lost in writer.lost]


def test_system_text_stands_apart_and_neighbours_are_joined() -> None:
    writer = _writer(
        Message(Role.SYSTEM, (Text("be good"),)),
        _user(Text("a")),
        _user(Text("b")),
        Message(Role.ASSISTANT, (Text("c"),)),
    )
    assert _turns(writer) == [("user", [{"text": "a"}, {"text": "b"}]), ("assistant", [{"text": "c"}])]
    assert msgspec.to_builtins(writer.system) == [{"text": "be good"}]
    assert writer.lost == []


def test_system_text_in_the_middle_is_moved_and_told() -> None:
    writer = _writer(_user(Text("a")), Message(Role.SYSTEM, (Text("be good"),)), _user(Text("b")))
    assert _turns(writer) == [("user", [{"text": "a"}, {"text": "b"}])]
    assert msgspec.to_builtins(writer.system) == [{"text": "be good"}]
    assert _lost(writer) == [("messages[1].role", True)]


def test_a_client_of_this_form_has_its_turns_as_they_are() -> None:
    messages = (_user(Text("a")), _user(Text("")), Message(Role.SYSTEM, (Text("s"),)))
    assert _turns(_writer(*messages, form=Form.BEDROCK_CONVERSE)) == [
        ("user", [{"text": "a"}]),
        ("user", [{"text": ""}]),
        ("system", [{"text": "s"}]),
    ]


def test_results_come_before_what_else_is_said_and_keep_their_cache_points() -> None:
    result = ToolResult("c", (Text("42"),), is_error=True, cache=CacheMark("1h"))
    writer = _writer(_user(Text("so")), _user(result))
    assert _turns(writer) == [
        (
            "user",
            [
                {"toolResult": {"toolUseId": "c", "content": [{"text": "42"}], "status": "error"}},
                {"cachePoint": {"type": "default", "ttl": "1h"}},
                {"text": "so"},
            ],
        )
    ]


def test_blank_text_is_left_out_and_its_cache_mark_moves_up() -> None:
    writer = _writer(_user(Text("a"), Text("", CacheMark()), Text(" \n")))
    assert _turns(writer) == [("user", [{"text": "a"}, {"cachePoint": {"type": "default"}}])]
    assert _lost(writer) == [("messages[0].parts[2]", True)]


def test_a_model_without_a_prompt_cache_gets_no_cache_points() -> None:
    writer = _writer(_user(Text("a", CacheMark())), model="meta.llama3-1-70b-instruct-v1:0")
    assert _turns(writer) == [("user", [{"text": "a"}])]
    assert _lost(writer) == [("messages[0].parts[0].cache", True)]


@pytest.mark.parametrize(
    ("thought", "model", "block"),
    [
        (
            Thought("hm", Seal(Form.BEDROCK_CONVERSE, "s")),
            _CLAUDE,
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        ),
        (
            Thought("hm", Seal(Form.ANTHROPIC_MESSAGES, "s")),
            _CLAUDE,
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        ),
        (
            Thought("", Seal(Form.ANTHROPIC_MESSAGES, "cmVk"), is_redacted=True),
            _CLAUDE,
            {"reasoningContent": {"redactedContent": "cmVk"}},
        ),
        (Thought("hm", Seal(Form.ANTHROPIC_MESSAGES, "s")), "amazon.nova-2-lite-v1:0", None),
        (Thought("hm", Seal(Form.GEMINI_GENERATE, "s")), _CLAUDE, None),
        (Thought("hm"), _CLAUDE, None),
    ],
)
def test_only_reasoning_that_its_models_have_signed_goes_back(
    thought: Thought, model: str, block: dict[str, object] | None
) -> None:
    writer = _writer(Message(Role.ASSISTANT, (thought, Text("so"))), model=model)
    ((_, content),) = _turns(writer)
    assert content == [*([block] if block else []), {"text": "so"}]
    assert _lost(writer) == ([] if block else [("messages[0].parts[0]", True)])


def test_calls_are_named_for_the_tools_and_foreign_seals_told() -> None:
    call = ToolCall("a/b", "f", '{"x": 1}', seal=Seal(Form.GEMINI_GENERATE, "s"))
    writer = _writer(Message(Role.ASSISTANT, (call,)), _user(ToolResult("a/b", ())))
    (_, (used,)), (_, (result,)) = _turns(writer)
    assert used == {"toolUse": {"toolUseId": wire_id("a/b"), "name": "f", "input": {"x": 1}}}
    assert result == {"toolResult": {"toolUseId": wire_id("a/b"), "content": []}}
    assert list(writer.tools_named) == ["f"]
    assert _lost(writer) == [("messages[0].parts[0].seal", True)]


def test_what_has_no_place_is_told_by_its_path() -> None:
    inner = ToolResult("c", (Image(Source(url="https://a/b.png")),))
    writer = _writer(
        Message(Role.USER, (Foreign(Form.OPENAI_RESPONSES, "web", Raw(b"{}")), inner), name="me"),
        Message(Role.ASSISTANT, (Text("t", citations=(Citation(Form.OPENAI_CHAT, Raw(b"{}")),)), Refusal("no"))),
    )
    assert _turns(writer)[1] == ("assistant", [{"text": "t"}, {"text": "no"}])
    assert _lost(writer) == [
        ("messages[0].parts[0]", False),
        ("messages[0].parts[1].content[0].source.url", False),
        ("messages[0].name", True),
        ("messages[1].parts[0].citations", True),
    ]


def test_a_block_only_this_form_knows_goes_out_as_it_came() -> None:
    raw = Raw(b'{"guardContent": {"text":{"text":"x"}}}')
    writer = _writer(_user(Foreign(Form.BEDROCK_CONVERSE, "guardContent", raw)), form=Form.BEDROCK_CONVERSE)
    assert writer.write()[0].content == [raw]


@given(st.text(), st.text())
def test_ids_fit_and_stay_different(one: str, other: str) -> None:
    assert 1 <= len(wire_id(one)) <= 64
    assert (wire_id(one) == wire_id(other)) is (one == other)
