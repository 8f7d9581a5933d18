"""Say how much to think, in the words the asked model takes in `additionalModelRequestFields`.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html,
…/claude-messages-adaptive-thinking.html (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import Form, Inexpressible, Reasoning, Request, ToolMode
from narrowgate.model.effort import budget_of, effort_of
from narrowgate.providers.bedrock_converse.models import Thinks, Traits, thinks_at_all
from narrowgate.providers.unthought import UNTHOUGHT, is_unthought
from narrowgate.schemas.bedrock_blocks import OWN

_ADAPTIVE_SINCE = (4, 6)
_XHIGH_SINCE = (4, 7)
_ON_UNLESS_DISABLED_SINCE = (5, 0)
_LEAST_BUDGET = 1_024
_FORCING = frozenset({ToolMode.REQUIRED, ToolMode.NAMED})
_OF_THREE = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}


class Thinking(msgspec.Struct, frozen=True):
    """What goes into the additional fields, the limit of output that goes with it, and what had no place."""

    max_tokens: int | None
    fields: dict[str, object] = {}
    lost: tuple[Inexpressible, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether a Claude will think: it takes less of the other parameters then."""
        thinking = self.fields.get("thinking")
        return isinstance(thinking, dict) and thinking.get("type") != "disabled"


def thinking_of(request: Request, traits: Traits) -> Thinking:
    """Return what `request` says of thinking, for a model of `traits`."""
    asked, limit = request.reasoning, request.max_output_tokens
    if asked is None:
        return Thinking(limit)
    if _is_off(asked):
        return _off(asked, traits, limit, is_own=request.form is OWN)
    if asked.effort is None and asked.budget_tokens is None and not asked.is_on and not asked.is_adaptive:
        return Thinking(limit)  # nothing but how thoughts are shown: the model's default decides
    if not thinks_at_all(traits):
        return Thinking(limit, lost=(Inexpressible("reasoning", "the model does not think"),))
    thinks = traits.thinks
    if thinks is Thinks.ANY:
        has_words_alone = asked.effort is not None and asked.budget_tokens is None and not asked.is_on
        thinks = Thinks.EFFORT if has_words_alone else Thinks.CLAUDE
    match thinks:
        case Thinks.NOVA:
            config = {"type": "enabled", "maxReasoningEffort": _OF_THREE.get(_effort(asked), "medium")}
            return Thinking(limit, {"reasoningConfig": config}, _unshown(asked))
        case Thinks.EFFORT:
            effort = _effort(asked)
            if request.form is not OWN and traits.thinks is Thinks.EFFORT:
                effort = _OF_THREE.get(effort, "medium")
            return Thinking(limit, {"reasoning_effort": effort}, _unshown(asked))
        case _:
            return _as_asked(asked, limit) if request.form is OWN else _claude(request, asked, traits)


def _is_off(asked: Reasoning) -> bool:
    return asked.is_on is False or asked.effort == "none" or asked.budget_tokens == 0


def _off(asked: Reasoning, traits: Traits, limit: int | None, *, is_own: bool) -> Thinking:
    """Most models do not think unless told to, and some of them refuse to be told not to."""
    if is_own and asked.is_on is False and traits.thinks in {Thinks.CLAUDE, Thinks.ANY}:
        return Thinking(limit, {"thinking": {"type": "disabled"}})
    if traits.version is not None and traits.version >= _ON_UNLESS_DISABLED_SINCE:
        return Thinking(limit, {"thinking": {"type": "disabled"}})
    if is_own and traits.thinks is Thinks.NOVA:
        return Thinking(limit, {"reasoningConfig": {"type": "disabled"}})
    if is_own and asked.effort == "none":
        return Thinking(limit, {"reasoning_effort": "none"})
    if traits.thinks is Thinks.EFFORT:
        why = "the model cannot be told not to think"
        return Thinking(limit, lost=(Inexpressible("reasoning", why, is_hint=True),))
    return Thinking(limit)


def _effort(asked: Reasoning) -> str:
    if asked.effort is not None:
        return asked.effort
    return effort_of(asked.budget_tokens) if asked.budget_tokens is not None else "medium"


def _as_asked(asked: Reasoning, limit: int | None) -> Thinking:
    """A client of this form knows its model: the provider's own complaints are the best."""
    fields: dict[str, object] = {}
    if asked.budget_tokens is not None:
        fields["thinking"] = _members(type="enabled", budget_tokens=asked.budget_tokens, display=_display(asked))
    elif asked.is_adaptive or asked.is_on:
        fields["thinking"] = _members(type="adaptive" if asked.is_adaptive else "enabled", display=_display(asked))
    if asked.effort is not None:
        fields["output_config"] = {"effort": asked.effort}
    return Thinking(limit, fields)


def _claude(request: Request, asked: Reasoning, traits: Traits) -> Thinking:
    limit = request.max_output_tokens
    choice = request.tool_choice
    version = traits.version or (0, 0)
    is_adaptive = version >= _ADAPTIVE_SINCE or asked.is_adaptive
    effort = {"output_config": {"effort": _claude_effort(asked, version)}} if is_adaptive else {}
    if choice is not None and choice.mode in _FORCING:
        why = "Claude does not think when it is forced to call a tool"
        return Thinking(limit, {**effort}, (Inexpressible("reasoning", why, is_hint=asked.budget_tokens is None),))
    if is_adaptive:
        return Thinking(limit, {"thinking": _members(type="adaptive", display=_display(asked)), **effort})
    if is_unthought(request.messages, {OWN, Form.ANTHROPIC_MESSAGES}):
        return Thinking(limit, lost=(UNTHOUGHT,))
    if asked.budget_tokens is not None:
        budget = max(asked.budget_tokens, _LEAST_BUDGET)
    else:
        # A word leaves the number open: half of what may be said is left for the answer.
        budget = budget_of(asked.effort or "medium")
        budget = budget if limit is None else min(budget, max(limit // 2, _LEAST_BUDGET))
    fields: dict[str, object] = {"thinking": {"type": "enabled", "budget_tokens": budget}}
    if limit is None or budget < limit:
        return Thinking(limit, fields)
    why = f"thinking takes {budget} tokens of it; it was raised to {budget + limit}"
    return Thinking(budget + limit, fields, (Inexpressible("max_output_tokens", why, is_hint=True),))


def _claude_effort(asked: Reasoning, version: tuple[int, int]) -> str:
    effort = _effort(asked) if asked.effort is not None or asked.budget_tokens is not None else "high"
    if effort == "minimal":
        return "low"
    return "high" if effort == "xhigh" and version < _XHIGH_SINCE else effort


def _display(asked: Reasoning) -> str | None:
    if asked.is_shown is False:
        return "omitted"
    return "summarized" if asked.is_shown or asked.summary is not None else None


def _unshown(asked: Reasoning) -> tuple[Inexpressible, ...]:
    if asked.is_shown is not False and asked.summary is None:
        return ()
    return (Inexpressible("reasoning.summary", "the model shows its thoughts as it does", is_hint=True),)


def _members(**members: str | int | None) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
