import json

import msgspec
import pytest
from msgspec import Raw

from narrowgate.dialects.openai_responses.response import head_of, one_line, outcome_of, usage_of
from narrowgate.model.conversation import (
    Extension,
    Form,
    FormatKind,
    Hints,
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
from narrowgate.model.reply import Began, Finish, Finished
from narrowgate.model.usage import Usage

OWN, CHAT = Form.OPENAI_RESPONSES, Form.OPENAI_CHAT
# What openai-python requires of a Response, beside what is known at its end only.
REQUIRED = {
    "id",
    "created_at",
    "instructions",
    "metadata",
    "model",
    "object",
    "parallel_tool_calls",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
}


def shown(request: Request, began: Began | None = None) -> dict[str, object]:
    head = head_of(request, began or Began(CHAT), "resp_x", 5)
    found = json.loads(msgspec.json.encode(head))
    assert isinstance(found, dict)
    return found


def test_every_required_member_is_there_even_if_nothing_was_asked() -> None:
    head = shown(Request(OWN, "m", ()))
    assert head.keys() >= REQUIRED
    assert (head["id"], head["created_at"], head["model"], head["object"]) == ("resp_x", 5, "m", "response")
    assert shown(Request(OWN, "m", ()), Began(CHAT, service_tier="standard"))["service_tier"] == "default"
    assert (head["temperature"], head["tool_choice"], head["tools"]) == (1.0, "auto", [])


def test_what_was_asked_is_repeated() -> None:
    request = Request(
        OWN,
        "m",
        (Message(Role.SYSTEM, (Text("be brief"),)),),
        (Tool("f", parameters=Raw(b'{\n"type":\r\n"object"}')),),
        ToolChoice(ToolMode.NAMED, ("f",)),
        is_parallel=False,
        max_output_tokens=9,
        sampling=Sampling(0.5, 0.9),
        format=OutputFormat(FormatKind.SCHEMA, Raw(b'{"type":\n"object"}'), "n"),
        reasoning=Reasoning("low", summary="auto"),
        hints=Hints("u", Raw(b'{"k":"v"}'), "flex", "key", is_stored=False, verbosity="low"),
        extensions=(Extension("truncation", Raw(b'"auto"')),),
    )
    head = shown(request, Began(OWN, "resp_1", "m-1", 7, "default"))
    assert {name: head[name] for name in head.keys() - {"tools", "text"}} == {
        "id": "resp_1",
        "object": "response",
        "created_at": 7,
        "model": "m-1",
        "instructions": "be brief",
        "max_output_tokens": 9,
        "metadata": {"k": "v"},
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "prompt_cache_key": "key",
        "reasoning": {"effort": "low", "summary": "auto"},
        "service_tier": "default",
        "store": False,
        "temperature": 0.5,
        "tool_choice": {"type": "function", "name": "f"},
        "top_logprobs": 0,
        "top_p": 0.9,
        "user": "u",
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
        "background": False,
        "max_tool_calls": None,
        "prompt_cache_retention": None,
        "safety_identifier": None,
        "truncation": "auto",
    }
    format_ = {"type": "json_schema", "name": "n", "schema": {"type": "object"}}
    assert head["text"] == {"format": format_, "verbosity": "low"}
    assert b"\n" not in msgspec.json.encode(head_of(request, Began(CHAT), "resp_x", 5))


def test_line_breaks_between_tokens_go_and_those_in_strings_stay() -> None:
    assert bytes(one_line(Raw(b'{"a":\r\n"b\\n"}'))) == b'{"a":  "b\\n"}'
    assert bytes(one_line(Raw(b'{"a":  1}'))) == b'{"a":  1}'


@pytest.mark.parametrize(
    ("finish", "form", "outcome"),
    [
        (Finish.STOP, CHAT, ("completed", None)),
        (Finish.TOOL_CALLS, CHAT, ("completed", None)),
        (Finish.LENGTH, CHAT, ("incomplete", "max_output_tokens")),
        (Finish.CONTENT_FILTER, CHAT, ("incomplete", "content_filter")),
        (Finish.REFUSAL, CHAT, ("incomplete", "content_filter")),
        (Finish.PAUSE, CHAT, ("completed", None)),
        (Finish.OTHER, CHAT, ("completed", None)),
        (Finish.OTHER, OWN, ("incomplete", "word")),
        (None, CHAT, ("completed", None)),
    ],
)
def test_how_the_model_stopped_is_a_status(finish: Finish | None, form: Form, outcome: tuple[str, str | None]) -> None:
    assert outcome_of(Finished(0, finish, finish_word="word"), form) == outcome


def test_usage_counts_cached_tokens_and_reasoning_inside_its_totals() -> None:
    usage = Usage(input_text=10, cache_read=20, cache_write=30, output_text=1, reasoning=2)
    assert usage_of(usage) == {
        "input_tokens": 60,
        "input_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 30},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 63,
    }
    assert usage_of(None)["total_tokens"] == 0
