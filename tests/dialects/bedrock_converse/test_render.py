import msgspec
import pytest
from msgspec import Raw

from narrowgate.dialects.bedrock_converse.render import (
    error_type,
    render,
    render_fault,
    shown_block,
    stop_reason,
    usage_object,
)
from narrowgate.model.conversation import Foreign, Form, Image, Part, Refusal, Source, Text, ToolCall, ToolResult
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage
from narrowgate.schemas.bedrock_blocks import OWN


def _rendered(*parts: Part, form: Form = Form.OPENAI_CHAT, **more: object) -> dict[str, object]:
    reply = msgspec.structs.replace(Reply(form, "id", "m", (Choice(parts, Finish.STOP, finish_word="odd"),)), **more)
    return msgspec.json.decode(render(reply), type=dict[str, object])


def test_a_whole_answer_has_all_that_sdks_insist_on() -> None:
    assert _rendered(Text("hi"), usage=Usage(1, 2, 3, output_text=4, reasoning=5)) == {
        "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
        "stopReason": "end_turn",
        "usage": {
            "inputTokens": 1,
            "outputTokens": 9,
            "totalTokens": 15,
            "cacheReadInputTokens": 2,
            "cacheWriteInputTokens": 3,
        },
        "metrics": {"latencyMs": 0},
    }


def test_usage_that_is_not_known_is_zero() -> None:
    assert usage_object(Usage()).total_tokens == 0
    assert "usage" in _rendered()


def test_an_answer_of_its_own_keeps_what_only_bedrock_says() -> None:
    raw = Raw(b'{"toolResult":{"toolUseId":"t","type":"x","content":[]}}')
    extras = (("metrics", Raw(b'{"latencyMs":7}')), ("trace", Raw(b"{}")))
    body = _rendered(Foreign(OWN, "toolResult", raw), form=OWN, extras=extras, service_tier="flex")
    assert body["metrics"] == {"latencyMs": 7}
    assert body["trace"] == {}
    assert body["serviceTier"] == {"type": "flex"}
    assert body["stopReason"] == "odd"
    assert body["output"] == {"message": {"role": "assistant", "content": [msgspec.json.decode(raw)]}}


def test_a_stop_sequence_is_told_where_claude_tells_it() -> None:
    choice = Choice((), Finish.STOP_SEQUENCE, "END")
    body = msgspec.json.decode(render(Reply(Form.ANTHROPIC_MESSAGES, "", "", (choice,))))
    assert body["stopReason"] == "stop_sequence"
    assert body["additionalModelResponseFields"] == {"stop_sequence": "END"}


@pytest.mark.parametrize("finish", [*Finish, None])
def test_every_finish_has_a_word(finish: Finish | None) -> None:
    words = {"end_turn", "tool_use", "max_tokens", "stop_sequence", "content_filtered"}
    assert stop_reason(finish, None, has_calls=False) in words


def test_calls_are_to_be_run_whatever_the_provider_called_its_end() -> None:
    assert stop_reason(Finish.STOP, None, has_calls=True) == "tool_use"
    assert stop_reason(Finish.LENGTH, None, has_calls=True) == "max_tokens"
    assert stop_reason(Finish.STOP, "end_turn", has_calls=True) == "end_turn"


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (Refusal("no"), {"text": "no"}),
        (ToolCall("c", "f", ""), {"toolUse": {"toolUseId": "c", "name": "f", "input": {}}}),
        (
            Image(Source(data="AA==", media_type="image/webp")),
            {"image": {"format": "webp", "source": {"bytes": "AA=="}}},
        ),
        (Image(Source(url="http://a")), None),
        (Image(Source(data="AA==", media_type="image/bmp")), None),
        (Foreign(Form.OPENAI_RESPONSES, "web", Raw(b"{}")), None),
        (ToolResult("c", ()), None),
    ],
)
def test_a_part_is_shown_as_its_block(part: Part, block: object) -> None:
    assert msgspec.json.decode(msgspec.json.encode(shown_block(part))) == block


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(FaultKind.BAD_REQUEST, "m"), "ValidationException"),
        (Fault(FaultKind.UNAUTHENTICATED, "m"), "UnrecognizedClientException"),
        (Fault(FaultKind.FORBIDDEN, "m"), "AccessDeniedException"),
        (Fault(FaultKind.NOT_FOUND, "m"), "ResourceNotFoundException"),
        (Fault(FaultKind.TOO_LARGE, "m"), "ValidationException"),
        (Fault(FaultKind.RATE_LIMITED, "m"), "ThrottlingException"),
        (Fault(FaultKind.OVER_BUDGET, "m"), "ServiceQuotaExceededException"),
        (Fault(FaultKind.OVERLOADED, "m"), "ServiceUnavailableException"),
        (Fault(FaultKind.UPSTREAM_BROKEN, "m"), "InternalServerException"),
        (Fault(FaultKind.UPSTREAM_REFUSED, "m", upstream_status=429, upstream_type="rate"), "ThrottlingException"),
        (
            Fault(FaultKind.UPSTREAM_REFUSED, "m", upstream_status=424, upstream_type="ModelErrorException"),
            "ModelErrorException",
        ),
        (
            Fault(FaultKind.UPSTREAM_REFUSED, "m", upstream_status=400, upstream_type="x\r\nException"),
            "ValidationException",
        ),
    ],
)
def test_a_fault_has_awss_word(fault: Fault, kind: str) -> None:
    assert error_type(fault) == kind


def test_the_body_of_an_error_is_its_message() -> None:
    assert render_fault(Fault(FaultKind.BAD_REQUEST, "no")) == b'{"message":"no"}'
