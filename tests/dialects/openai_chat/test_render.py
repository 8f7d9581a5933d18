"""A whole answer is a chat completion."""

import json

import msgspec

from narrowgate.dialects.openai_chat.render import render_reply
from narrowgate.model.conversation import (
    Citation,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Request,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
)
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from tests.dialects.openai_chat.asking import Json, asked

ASKED = asked()


def body(
    *parts: Part, finish: Finish = Finish.STOP, form: Form = Form.ANTHROPIC_MESSAGES, request: Request = ASKED
) -> Json:
    """Return what is written of an answer with `parts`."""
    reply = Reply(form, "id1", "m1", (Choice(parts, finish),), None, 7, extras=(("x", msgspec.Raw(b"1")),))
    found: Json = json.loads(render_reply(reply, request))
    return found


def message(*parts: Part) -> Json:
    """Return the message of an answer with `parts`."""
    found: Json = json.loads(render_reply(Reply(Form.ANTHROPIC_MESSAGES, "", "", (Choice(parts),)), ASKED))["choices"][
        0
    ]["message"]
    return found


def test_a_completion_has_what_clients_need() -> None:
    assert body(Text("hi")) == {
        "id": "id1",
        "object": "chat.completion",
        "created": 7,
        "model": "m1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hi", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
    }


def test_members_of_the_form_itself_are_kept() -> None:
    assert body(Text("hi"), form=Form.OPENAI_CHAT)["x"] == 1


def test_names_stand_in_where_the_provider_gave_none() -> None:
    reply = Reply(Form.COHERE_CHAT, "", "", (Choice(()),), Usage(1, output_text=2), service_tier="flex")
    found = json.loads(render_reply(reply, ASKED))
    assert (found["id"], found["model"], found["service_tier"]) == ("chatcmpl-0", "m", "flex")
    assert (found["usage"]["prompt_tokens"], found["usage"]["completion_tokens"]) == (1, 2)


def test_all_parts_have_their_members() -> None:
    note = msgspec.Raw(b'{"type":"url_citation"}')
    found = message(
        Thought("h", Seal(Form.ANTHROPIC_MESSAGES, "sig")),
        Thought("m"),
        Text("a", citations=(Citation(Form.OPENAI_CHAT, note),)),
        Image(Source(url="https://x")),
        ToolCall("c", "f", "{}"),
        Text("b"),
        Foreign(Form.OPENAI_CHAT, "audio", msgspec.Raw(b'{"id":"x"}')),
        Foreign(Form.ANTHROPIC_MESSAGES, "other", msgspec.Raw(b"{}")),
    )
    assert found == {
        "role": "assistant",
        "content": "ab",
        "refusal": None,
        "reasoning_content": "hm",
        "thinking_blocks": [{"type": "thinking", "thinking": "h", "signature": "sig"}],
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        "annotations": [{"type": "url_citation"}],
        "images": [{"image_url": {"url": "https://x"}, "type": "image_url", "index": 0}],
        "audio": {"id": "x"},
    }


def test_content_is_null_beside_calls_and_refusals() -> None:
    assert message(ToolCall("c", "f", "{}"))["content"] is None
    assert message(Refusal("no")) == {"role": "assistant", "content": None, "refusal": "no"}
    assert message()["content"] == ""


def test_summaries_are_paragraphs() -> None:
    assert message(Thought("a", is_summary=True), Thought("b", is_summary=True))["reasoning_content"] == "a\n\nb"


def test_a_client_of_the_old_ways_gets_a_function_call() -> None:
    old = asked(functions=[{"name": "f"}])
    found = body(ToolCall("c", "f", "{}"), finish=Finish.TOOL_CALLS, request=old)["choices"]
    assert isinstance(found, list)
    assert found[0]["finish_reason"] == "function_call"
    assert found[0]["message"]["function_call"] == {"name": "f", "arguments": "{}"}
    assert "tool_calls" not in found[0]["message"]
