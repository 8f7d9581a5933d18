"""What is asked for reaches Gemini under its names, or is reported."""

from msgspec import Raw
from msgspec.structs import replace

from narrowgate.model.conversation import (
    Extension,
    Form,
    FormatKind,
    Hints,
    OutputFormat,
    Reasoning,
    Sampling,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.providers.family import Quirks
from narrowgate.providers.gemini_generate.request import outgoing
from tests.providers.gemini_generate.sent import asked, lost, sent


def test_every_setting_has_its_name() -> None:
    request = replace(
        asked(),
        max_output_tokens=9,
        choices=2,
        sampling=Sampling(0.5, 0.9, 40, None, 0.1, 0.2, 7, ("x",), None, True, 3),
        format=OutputFormat(FormatKind.JSON),
        reasoning=Reasoning(effort="low"),
        tools=(Tool("f"),),
        tool_choice=ToolChoice(ToolMode.REQUIRED),
        hints=Hints(service_tier="flex"),
    )
    body = sent(request)
    assert body["generationConfig"] == {
        "maxOutputTokens": 9,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "candidateCount": 2,
        "stopSequences": ["x"],
        "seed": 7,
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "responseLogprobs": True,
        "logprobs": 3,
        "responseMimeType": "application/json",
        "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 2048},
    }
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": "ANY"}}
    assert body["serviceTier"] == "flex"
    assert lost(request) == {}


def test_a_short_request_is_short() -> None:
    assert sent(asked()) == {"contents": [{"parts": [{"text": "hi"}], "role": "user"}]}


def test_what_gemini_has_no_place_for_is_reported() -> None:
    request = replace(
        asked(),
        sampling=Sampling(min_p=0.1, logit_bias=Raw(b"{}")),
        previous_response_id="r",
        hints=Hints("u", Raw(b"{}"), "scale", "k", True, "low"),
        extensions=(Extension("x", Raw(b"1")), Extension("y", Raw(b"1"), is_hint=True)),
    )
    assert lost(request) == {
        "sampling.min_p": False,
        "sampling.logit_bias": False,
        "previous_response_id": False,
        "extensions.x": False,
        "extensions.y": True,
        **{
            f"hints.{name}": True
            for name in ("user", "metadata", "service_tier", "cache_key", "is_stored", "verbosity")
        },
    }


def test_what_only_gemini_knows_goes_where_it_was() -> None:
    extensions = (
        Extension("safetySettings", Raw(b"[]")),
        Extension("generationConfig.speechConfig", Raw(b"{}")),
        Extension("toolConfig.retrievalConfig", Raw(b"{}")),
    )
    body = sent(replace(asked(form=Form.GEMINI_GENERATE), extensions=extensions))
    assert body["safetySettings"] == []
    assert body["generationConfig"] == {"speechConfig": {}}
    assert body["toolConfig"] == {"retrievalConfig": {}}


def test_what_a_provider_refuses_is_not_sent() -> None:
    request = replace(asked(), sampling=Sampling(seed=1))
    found = outgoing(request, "gemini-2.5-flash", Quirks(unknown=frozenset({"sampling.seed"})))
    assert b"seed" not in found.body
    assert [one.what for one in found.inexpressible] == ["sampling.seed"]
