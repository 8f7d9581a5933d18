import json

from msgspec import Raw

from narrowgate.dialects.openai_responses.render import render
from narrowgate.model.conversation import Form, Request, Text, Thought, ToolCall
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage

OWN, CHAT = Form.OPENAI_RESPONSES, Form.OPENAI_CHAT
REQUEST = Request(OWN, "m", ())


def rendered(reply: Reply) -> dict[str, object]:
    found = json.loads(render(reply, REQUEST))
    assert isinstance(found, dict)
    return found


def test_a_whole_answer_has_its_items_status_and_usage() -> None:
    parts = (Thought("why"), Text("hi"), ToolCall("c1", "f", "{}"))
    found = rendered(Reply(CHAT, "chatcmpl-1", "m-1", (Choice(parts, Finish.TOOL_CALLS),), Usage(3, output_text=4), 7))
    output = found["output"]
    assert isinstance(output, list)
    assert [item["type"] for item in output] == ["reasoning", "message", "function_call"]
    assert (found["id"], found["model"], found["created_at"]) == ("chatcmpl-1", "m-1", 7)
    assert (found["status"], found["incomplete_details"], found["error"]) == ("completed", None, None)
    assert isinstance(found["usage"], dict)
    assert found["usage"]["total_tokens"] == 7


def test_an_answer_cut_short_is_incomplete_and_so_is_its_last_item() -> None:
    found = rendered(Reply(CHAT, "", "", (Choice((Text("hi"),), Finish.LENGTH),)))
    assert (found["status"], found["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert isinstance(found["output"], list)
    assert found["output"][0]["status"] == "incomplete"


def test_only_the_first_choice_is_shown() -> None:
    found = rendered(Reply(CHAT, "", "", (Choice((Text("a"),), Finish.STOP), Choice((Text("b"),), Finish.LENGTH))))
    assert isinstance(found["output"], list)
    assert (len(found["output"]), found["status"]) == (1, "completed")


def test_log_probabilities_are_with_the_text() -> None:
    logprobs = Raw(b'{"content":[{"token":"a"}]}')
    found = rendered(Reply(CHAT, "", "", (Choice((Thought("b"), Text("a")), Finish.STOP, logprobs=logprobs),)))
    assert isinstance(found["output"], list)
    assert found["output"][1]["content"][0]["logprobs"] == [{"token": "a"}]


def test_members_only_this_form_knows_are_shown_in_it_alone() -> None:
    extras = (
        ("billing", Raw(b'{"payer":"x"}')),
        ("reasoning", Raw(b'"I thought"')),
        ("tool_choice", Raw(b'"none"')),
        ("prompt_cache_retention", Raw(b'"24h"')),
        ("store", Raw(b"false")),
        ("top_p", Raw(b"0.9")),
        ("text", Raw(b'{"format":{"type":"json_schema"}}')),
    )
    found = rendered(Reply(OWN, "", "", (Choice(()),), extras=extras))
    assert (found["billing"], found["tool_choice"]) == ({"payer": "x"}, "none")
    assert (found["store"], found["top_p"]) == (False, 0.9)
    assert found["prompt_cache_retention"] == "24h"
    assert found["reasoning"] == {"effort": None, "summary": None}
    assert found["text"] == {"format": {"type": "text"}, "verbosity": "medium"}
    assert "billing" not in rendered(Reply(CHAT, "", "", (Choice(()),), extras=extras))
