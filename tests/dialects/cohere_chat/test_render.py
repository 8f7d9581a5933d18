import msgspec
import pytest

from narrowgate.dialects.cohere_chat.render import body_of, fault_of, usage_of, word_of
from narrowgate.model.conversation import (
    Citation,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Seal,
    Source,
    Text,
    Thought,
    ToolCall,
)
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.providers.cohere_chat.answer import reply_of

COHERE = Form.COHERE_CHAT
CITED = (
    b'{"id":"1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"thinking","thinking":'
    b'"Hm."},{"type":"text","text":"Hi"}],"citations":[{"start":0,"end":2,"text":"Hi","sources":[],"content_index":1}]}'
    b',"usage":{"billed_units":{"input_tokens":8,"output_tokens":3},"tokens":{"input_tokens":34,"output_tokens":5,'
    b'"image_tokens":2,"reasoning_tokens":1},"cached_tokens":4},"more":1}'
)
CALLED = (
    b'{"id":"1","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"Look.","tool_calls":'
    b'[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}}'
)
UNKNOWN = b'{"id":"1","finish_reason":"NEW","message":{"role":"assistant","content":[{"type":"x","y":1}]}}'


def rendered(*parts: Part, form: Form = Form.OPENAI_CHAT, finish: Finish = Finish.STOP) -> dict[str, object]:
    body = body_of(Reply(form, "id", "m", (Choice(parts, finish, finish_word="WORD"),)))
    return msgspec.json.decode(body, type=dict[str, object])


@pytest.mark.parametrize("answer", [CITED, CALLED, UNKNOWN])
def test_coheres_own_answer_comes_out_as_it_went_in(answer: bytes) -> None:
    assert msgspec.json.decode(body_of(reply_of(answer))) == msgspec.json.decode(answer)


def test_anothers_answer_is_told_in_coheres_words() -> None:
    seal = Seal(Form.ANTHROPIC_MESSAGES, "sig")
    citation = Citation(Form.ANTHROPIC_MESSAGES, msgspec.Raw(b"{}"), "u", "T", "quote", 0, 2)
    body = rendered(
        Thought("Hm.", seal),
        Thought("", seal, is_redacted=True),
        Text("Hi!", citations=(citation,)),
        Refusal("no"),
        ToolCall("c", "f", "{}"),
        Image(Source(data="x")),
        Foreign(Form.GEMINI_GENERATE, "x", msgspec.Raw(b"{}")),
    )
    assert body == {
        "id": "id",
        "finish_reason": "TOOL_CALL",
        "message": {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "ng1.anthropic_messages..sig"},
                {"type": "thinking", "thinking": "", "signature": "ng1.anthropic_messages..sig", "redacted": True},
                {"type": "text", "text": "Hi!"},
                {"type": "text", "text": "no"},
            ],
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            "citations": [
                {
                    "start": 0,
                    "end": 2,
                    "text": "Hi",
                    "sources": [
                        {
                            "type": "document",
                            "id": "u",
                            "document": {"id": "u", "title": "T", "url": "u", "text": "quote"},
                        }
                    ],
                    "type": "TEXT_CONTENT",
                    "content_index": 2,
                }
            ],
        },
    }


@pytest.mark.parametrize(
    ("finish", "word"),
    [
        (None, "COMPLETE"),
        (Finish.STOP_SEQUENCE, "STOP_SEQUENCE"),
        (Finish.LENGTH, "MAX_TOKENS"),
        (Finish.TOOL_CALLS, "TOOL_CALL"),
        (Finish.CONTENT_FILTER, "ERROR"),
        (Finish.PAUSE, "COMPLETE"),
    ],
)
def test_every_end_has_a_word(finish: Finish | None, word: str) -> None:
    assert word_of(finish, None, has_calls=False) == word
    assert all(word_of(each, None, has_calls=True) for each in Finish)


def test_a_providers_own_word_is_shown_in_its_own_form_alone() -> None:
    assert rendered(Text("a"))["finish_reason"] == "COMPLETE"
    assert rendered(Text("a"), form=COHERE)["finish_reason"] == "WORD"


def test_usage_without_a_bill_is_billed_as_used() -> None:
    assert usage_of(Usage(5, 2, input_image=3, output_text=4, reasoning=1), None) == {
        "billed_units": {"input_tokens": 10, "output_tokens": 5},
        "tokens": {"input_tokens": 7, "output_tokens": 5, "image_tokens": 3, "reasoning_tokens": 1},
        "cached_tokens": 2,
    }


def test_probabilities_come_a_token_each() -> None:
    logprobs = msgspec.Raw(b'{"content":[{"token":"a","logprob":-0.5}]}')
    body = body_of(Reply(COHERE, "i", "m", (Choice((Text("a"),), logprobs=logprobs),)))
    assert b'"logprobs":[{"text":"a","token_ids":[],"logprobs":[-0.5]}]' in body
    broken = body_of(Reply(COHERE, "i", "m", (Choice((), logprobs=msgspec.Raw(b"[]")),)))
    assert b"logprobs" not in broken


def test_an_error_has_its_words_and_kind() -> None:
    assert fault_of(Fault(FaultKind.BAD_REQUEST, "k: no")) == b'{"id":"","message":"k: no"}'
    told = Fault(FaultKind.UPSTREAM_REFUSED, "x", upstream_type="TOO_MANY_TOKENS", request_id="r")
    assert fault_of(told) == b'{"id":"r","message":"x","error_type":"TOO_MANY_TOKENS"}'
