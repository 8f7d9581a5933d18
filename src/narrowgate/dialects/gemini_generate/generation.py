"""What a Gemini client asks for in `generationConfig`.

Source: https://ai.google.dev/api/generate-content#GenerationConfig (read 2026-11).
"""

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.dialects.asking import read_part, wrong
from narrowgate.model.conversation import Extension, FormatKind, OutputFormat, Reasoning, Sampling
from narrowgate.schemas.gemini_generate import GenerationConfig, Number, ThinkingConfig
from narrowgate.schemas.gemini_types import json_schema_of
from narrowgate.schemas.gemini_words import given

_CONFIG = msgspec.json.Decoder(GenerationConfig)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(GenerationConfig))
_PATH = "generationConfig"
_DYNAMIC = -1
_TEXT_ONLY = b'["TEXT"]'  # what every model answers with
_LEVELS = ("", "low", "high", "medium", "minimal")
_MOST_CHOICES = 1_000
_LARGEST = 1 << 53


class Generation(msgspec.Struct, frozen=True):
    """What is asked for; the names are those of `Request`."""

    max_output_tokens: int | None = None
    sampling: Sampling = Sampling()
    format: OutputFormat | None = None
    reasoning: Reasoning | None = None
    choices: int = 1
    extensions: tuple[Extension, ...] = ()


def generation_of(member: Raw | UnsetType) -> Generation:
    """Return what the member says.

    Raises:
        Failed: BAD_REQUEST; it is not what Google documents, with the path.
    """
    raw = given(member)
    if raw is None:
        return Generation()
    config = read_part(_CONFIG, raw, _PATH)
    form, beside = _format(config)
    unknown = [
        Extension(f"{_PATH}.{name}", value, bytes(value) == _TEXT_ONLY)
        for name, value in read_part(_MEMBERS, raw, _PATH).items()
        if name not in _KNOWN and given(value) is not None
    ]
    choices = _whole(config.candidate_count, f"{_PATH}.candidateCount")
    if choices is not None and not 1 <= choices <= _MOST_CHOICES:
        path = f"{_PATH}.candidateCount"
        raise wrong(path, f"{choices} is not a number of answers")
    return Generation(
        max_output_tokens=_whole(config.max_output_tokens, f"{_PATH}.maxOutputTokens"),
        sampling=_sampling(config),
        format=form,
        reasoning=_reasoning(config.thinking_config),
        choices=choices or 1,
        extensions=(*beside, *unknown),
    )


def _sampling(config: GenerationConfig) -> Sampling:
    return Sampling(
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=_whole(config.top_k, f"{_PATH}.topK"),
        presence_penalty=config.presence_penalty,
        frequency_penalty=config.frequency_penalty,
        seed=_whole(config.seed, f"{_PATH}.seed"),
        stop=tuple(config.stop_sequences or ()),
        has_logprobs=config.response_logprobs,
        top_logprobs=_whole(config.logprobs, f"{_PATH}.logprobs"),
    )


def _format(config: GenerationConfig) -> tuple[OutputFormat | None, list[Extension]]:
    """Return the format, and the media type where it is one that only Google has (text/x.enum)."""
    kind = config.response_mime_type
    beside: list[Extension] = []
    if kind not in (None, "application/json", "text/plain"):
        beside.append(Extension(f"{_PATH}.responseMimeType", Raw(msgspec.json.encode(kind))))
    for member in (config.response_json_schema, config.response_schema):
        schema = given(member)
        if schema is not None:
            return OutputFormat(FormatKind.SCHEMA, json_schema_of(schema)), beside
    if kind == "application/json":
        return OutputFormat(FormatKind.JSON), beside
    return (OutputFormat(FormatKind.TEXT) if kind == "text/plain" else None), beside


def _reasoning(config: ThinkingConfig | None) -> Reasoning | None:
    if config is None:
        return None
    budget = _whole(config.thinking_budget, f"{_PATH}.thinkingConfig.thinkingBudget")
    level = config.thinking_level or ""
    if isinstance(level, int):
        level = _LEVELS[level] if 0 <= level < len(_LEVELS) else ""
    effort = level.lower()
    asked = Reasoning(
        effort=effort if effort not in ("", "thinking_level_unspecified") else None,
        budget_tokens=budget if budget is not None and budget > 0 else None,
        is_on=False if budget == 0 else None,
        is_adaptive=budget == _DYNAMIC,
        is_shown=config.include_thoughts,
    )
    return asked if asked != Reasoning() else None


def _whole(number: Number | None, path: str) -> int | None:
    if number is None:
        return None
    if not -_LARGEST < number < _LARGEST or number != int(number):
        raise wrong(path, f"{number} is not a whole number")
    return int(number)
