"""A whole answer looks as Gemini's own."""

import json

from msgspec import Raw
from msgspec.structs import replace

from narrowgate.dialects.gemini_generate.render import render_reply
from narrowgate.model.conversation import Citation, Form, Seal, Text, Thought, ToolCall
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.schemas.gemini_generate import PROMPT_BLOCKED

SEAL = Seal(Form.GEMINI_GENERATE, "c2ln")
REPLY = Reply(
    Form.ANTHROPIC_MESSAGES,
    "msg_1",
    "claude",
    (Choice((Thought("hm"), Text("a"), ToolCall("t", "f", '{"a":1}')), Finish.TOOL_CALLS),),
    Usage(3, output_text=2),
)


def rendered(reply: Reply) -> dict[str, object]:
    found: dict[str, object] = json.loads(render_reply(reply))
    return found


def test_an_answer_has_what_clients_read() -> None:
    assert rendered(REPLY) == {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "hm", "thought": True},
                        {"text": "a"},
                        {"functionCall": {"id": "t", "name": "f", "args": {"a": 1}}},
                    ],
                    "role": "model",
                },
                "finishReason": "STOP",
                "index": 0,
            }
        ],
        "usageMetadata": {
            "promptTokenCount": 3,
            "candidatesTokenCount": 2,
            "totalTokenCount": 5,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 3}],
            "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 2}],
        },
        "modelVersion": "claude",
        "responseId": "msg_1",
    }


def test_the_signature_of_a_text_stands_beside_it() -> None:
    choice = Choice((Text("a"), Thought("", SEAL), Thought("", SEAL)), Finish.STOP)
    text = render_reply(replace(REPLY, form=Form.GEMINI_GENERATE, choices=(choice,)))
    assert b'[{"text":"a","thoughtSignature":"c2ln"},{"text":"","thoughtSignature":"c2ln"}]' in text


def test_a_blocked_prompt_has_no_candidates() -> None:
    choice = Choice((), Finish.CONTENT_FILTER, finish_word=f"{PROMPT_BLOCKED}SAFETY")
    found = rendered(
        replace(REPLY, form=Form.GEMINI_GENERATE, choices=(choice,), extras=(("createTime", Raw(b'"t"')),))
    )
    assert found["promptFeedback"] == {"blockReason": "SAFETY"}
    assert found["createTime"] == "t"
    assert "candidates" not in found


def test_citations_and_probabilities_are_shown() -> None:
    cited = Text("a", citations=(Citation(Form.OPENAI_CHAT, Raw(b"{}"), "https://a", start=0, end=1),))
    probable = Raw(b'{"content":[{"token":"a","logprob":-0.5,"top_logprobs":[]}]}')
    text = render_reply(replace(REPLY, choices=(Choice((cited,), Finish.STOP, logprobs=probable),)))
    assert b'"groundingChunks":[{"web":{"uri":"https://a"}}]' in text
    assert b'"logprobsResult":{"chosenCandidates":[{"token":"a","logProbability":-0.5}]}' in text
