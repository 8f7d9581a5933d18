"""Read what clients ask of one model alone: the members of `additionalModelRequestFields` that others know too.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import Reasoning
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_HARMLESS = frozenset({"anthropic_beta"})


class OwnFields(msgspec.Struct):
    """What was understood; `rest` is the object of what was not."""

    reasoning: Reasoning | None = None
    top_k: int | None = None
    is_parallel: bool | None = None
    rest: Raw | None = None
    is_rest_harmless: bool = False


class _Thinking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Claude's `thinking`, and `reasoning_config`, its older name here."""

    type: str
    budget_tokens: int | None = None
    display: str | None = None


class _NovaReasoning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    type: str
    max_reasoning_effort: str | None = None


class _Effort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    effort: str


class _NovaInference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    top_k: int


class _Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str
    disable_parallel_tool_use: bool


_THINKING = msgspec.json.Decoder(_Thinking)
_NOVA_REASONING = msgspec.json.Decoder(_NovaReasoning)
_EFFORT = msgspec.json.Decoder(_Effort)
_NOVA_INFERENCE = msgspec.json.Decoder(_NovaInference)
_CHOICE = msgspec.json.Decoder(_Choice)
_WORD = msgspec.json.Decoder(str)
_NUMBER = msgspec.json.Decoder(int)


def fields_of(raw: Raw | None) -> OwnFields:
    """Return what `additionalModelRequestFields` says; a member that is not as documented stays in the rest."""
    found = OwnFields()
    if raw is None:
        return found
    try:
        members = read(_OBJECT, raw)
    except WireError:
        found.rest = raw.copy()
        return found
    rest = {name: value for name, value in members.items() if not _took(found, name, value)}
    if rest:
        found.rest = Raw(msgspec.json.encode(rest))
        found.is_rest_harmless = rest.keys() <= _HARMLESS
    return found


def _took(found: OwnFields, name: str, value: Raw) -> bool:
    try:
        return _take(found, name, value)
    except WireError:
        return False


def _take(found: OwnFields, name: str, value: Raw) -> bool:
    match name:
        case "thinking" | "reasoning_config":
            return _think(found, read(_THINKING, value))
        case "reasoningConfig":
            nova = read(_NOVA_REASONING, value)
            _reason(found, Reasoning(nova.max_reasoning_effort, is_on=nova.type == "enabled"))
        case "reasoning_effort":
            _reason(found, Reasoning(read(_WORD, value)))
        case "output_config":
            _reason(found, Reasoning(read(_EFFORT, value).effort))
        case "top_k" | "k":
            found.top_k = read(_NUMBER, value)
        case "inferenceConfig":
            found.top_k = read(_NOVA_INFERENCE, value).top_k
        case "tool_choice":
            choice = read(_CHOICE, value)
            if choice.type != "auto":
                return False
            found.is_parallel = not choice.disable_parallel_tool_use
        case _:
            return False
    return True


def _think(found: OwnFields, thinking: _Thinking) -> bool:
    is_shown = {"omitted": False, "summarized": True}.get(thinking.display or "")
    match thinking.type:
        case "enabled":
            asked = Reasoning(None, thinking.budget_tokens, is_on=True, is_shown=is_shown)
        case "adaptive":
            asked = Reasoning(None, is_on=True, is_adaptive=True, is_shown=is_shown)
        case "disabled":
            asked = Reasoning(None, is_on=False)
        case _:
            return False
    _reason(found, asked)
    return True


def _reason(found: OwnFields, asked: Reasoning) -> None:
    """Join what several members say: Claude's effort stands beside its thinking."""
    known = found.reasoning
    effort = asked.effort or (known.effort if known is not None else None)
    said = asked if asked.is_on is not None or known is None else known
    found.reasoning = msgspec.structs.replace(said, effort=effort)
