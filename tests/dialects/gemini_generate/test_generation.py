"""The settings of `generationConfig` are understood."""

import pytest
from msgspec import Raw

from narrowgate.dialects.gemini_generate.generation import Generation, generation_of
from narrowgate.model.conversation import FormatKind, OutputFormat, Reasoning, Sampling


def test_every_setting_has_its_place() -> None:
    found = generation_of(
        Raw(
            b'{"maxOutputTokens":9.0,"temperature":0,"topP":0.9,"topK":40.0,"candidateCount":2,"stopSequences":["x"],'
            b'"seed":7,"presencePenalty":0.1,"frequencyPenalty":0.2,"responseLogprobs":true,"logprobs":3}'
        )
    )
    assert found == Generation(
        9, Sampling(0, 0.9, 40, None, 0.1, 0.2, 7, ("x",), None, has_logprobs=True, top_logprobs=3), None, None, 2
    )


@pytest.mark.parametrize(
    ("config", "form"),
    [
        (b"{}", None),
        (b'{"responseMimeType":"text/plain"}', OutputFormat(FormatKind.TEXT)),
        (b'{"responseMimeType":"application/json"}', OutputFormat(FormatKind.JSON)),
    ],
)
def test_the_format_is_understood(config: bytes, form: OutputFormat | None) -> None:
    assert generation_of(Raw(config)).format == form


@pytest.mark.parametrize("name", [b"responseSchema", b"responseJsonSchema"])
def test_a_schema_is_understood_under_either_name(name: bytes) -> None:
    found = generation_of(Raw(b'{"responseMimeType":"application/json","%b":{"type":"STRING"}}' % name)).format
    assert found is not None
    assert found.schema is not None
    assert (found.kind, bytes(found.schema)) == (FormatKind.SCHEMA, b'{"type":"string"}')


def test_a_media_type_only_google_has_is_kept() -> None:
    found = generation_of(Raw(b'{"responseMimeType":"text/x.enum","responseModalities":["TEXT"]}'))
    assert [(one.name, one.is_hint) for one in found.extensions] == [
        ("generationConfig.responseMimeType", False),
        ("generationConfig.responseModalities", True),
    ]


@pytest.mark.parametrize(
    ("config", "reasoning"),
    [
        (b"null", None),
        (b"{}", None),
        (b'{"thinkingBudget":-1}', Reasoning(is_adaptive=True)),
        (b'{"thinkingBudget":0}', Reasoning(is_on=False)),
        (b'{"thinkingBudget":512,"includeThoughts":true}', Reasoning(budget_tokens=512, is_shown=True)),
        (b'{"thinkingLevel":"LOW"}', Reasoning(effort="low")),
        (b'{"thinkingLevel":2}', Reasoning(effort="high")),
        (b'{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}', None),
    ],
)
def test_how_much_to_think_is_understood(config: bytes, reasoning: Reasoning | None) -> None:
    assert generation_of(Raw(b'{"thinkingConfig":%b}' % config)).reasoning == reasoning
