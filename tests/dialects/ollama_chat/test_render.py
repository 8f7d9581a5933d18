import msgspec
import pytest

from narrowgate.dialects.ollama_chat.render import body_of, fault_of, tail_of
from narrowgate.model.conversation import Foreign, Form, Refusal, Request, Seal, Text, Thought, ToolCall
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.providers.ollama_chat.answer import reply_of

OLLAMA, CHAT = Form.OLLAMA_CHAT, Form.OPENAI_CHAT
REQUEST = Request(OLLAMA, "asked", ())
OWN = (
    b'{"model":"q","created_at":"2026-08-17T15:59:50Z","message":{"role":"assistant","content":"Hi","thinking":"Hm.",'
    b'"tool_calls":[{"function":{"index":0,"name":"f","arguments":{"a":1}},"id":"x"}]},"done":true,"done_reason":"stop",'
    b'"logprobs":[{"token":"Hi","logprob":-1}],"total_duration":7,"prompt_eval_count":3,"eval_count":2}'
)


def test_ollamas_own_answer_comes_out_as_it_went_in() -> None:
    assert msgspec.json.decode(body_of(reply_of(OWN), REQUEST)) == msgspec.json.decode(OWN)


def test_generates_own_answer_too() -> None:
    own = b'{"model":"q","created_at":"2026-08-17T15:59:50Z","response":"Hi","thinking":"Hm.","context":[1],'
    own += b'"done":true,"done_reason":"length","prompt_eval_count":3,"eval_count":2}'
    assert msgspec.json.decode(body_of(reply_of(own), REQUEST, "response")) == msgspec.json.decode(own)


def test_anothers_answer_is_told_in_ollamas_words() -> None:
    parts = (
        Thought("Hm.", Seal(Form.ANTHROPIC_MESSAGES, "s")),
        Text("a"),
        Refusal("b"),
        ToolCall("c", "f", '{"a": ', seal=Seal(Form.GEMINI_GENERATE, "si")),
        ToolCall("d", "g", "ls", is_custom=True),
        Foreign(CHAT, "x", msgspec.Raw(b"{}")),
    )
    usage = Usage(1, 2, output_text=3, reasoning=4)
    broken = msgspec.Raw(b"[]")
    reply = Reply(CHAT, "i", "", (Choice(parts, Finish.TOOL_CALLS, None, broken, "tool_calls"),), usage)
    assert msgspec.json.decode(body_of(reply, REQUEST)) == {
        "model": "asked",
        "created_at": "1970-01-01T00:00:00Z",
        "message": {
            "role": "assistant",
            "content": "ab",
            "thinking": "Hm.",
            "tool_calls": [
                {
                    "function": {"name": "f", "arguments": {"input": '{"a": '}, "index": 0},
                    "id": "c__seal_gemini_generate_7369",
                },
                {"function": {"name": "g", "arguments": {"input": "ls"}, "index": 1}, "id": "d"},
            ],
            "signature": "ng1.anthropic_messages..s",
        },
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 3,
        "eval_count": 7,
        "logprobs": None,
    }


@pytest.mark.parametrize(
    ("finish", "own_word", "word"),
    [
        (None, None, "stop"),
        (Finish.LENGTH, None, "length"),
        (Finish.CONTENT_FILTER, None, "stop"),
        (None, "load", "load"),
    ],
)
def test_every_end_has_a_word(finish: Finish | None, own_word: str | None, word: str) -> None:
    assert tail_of(finish, own_word, None) == {"done": True, "done_reason": word}


def test_an_error_is_its_words() -> None:
    assert fault_of(Fault(FaultKind.BAD_REQUEST, "think: no")) == b'{"error":"think: no"}'
