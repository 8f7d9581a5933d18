"""Say how much to think in the words the asked model knows: a budget before Claude 4.6, an effort since.

Source: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking, …/effort (read 2026-11).
"""

import re

import msgspec

from narrowgate.model.conversation import Inexpressible, Reasoning, Request, ToolMode
from narrowgate.model.effort import budget_of, effort_of
from narrowgate.providers.unthought import UNTHOUGHT, is_unthought
from narrowgate.schemas.anthropic_blocks import OWN
from narrowgate.schemas.anthropic_messages import ThinkingObject

# claude-opus-4-6, claude-sonnet-4-20250514, us.anthropic.claude-opus-5-v1:0, claude-3-7-sonnet-…; a date is no version.
_VERSION = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_ADAPTIVE_SINCE = (4, 6)
_ONLY_ADAPTIVE_SINCE = (4, 7)
_ON_UNLESS_DISABLED_SINCE = (5, 0)
_LEAST_BUDGET = 1_024
_FORCING = frozenset({ToolMode.REQUIRED, ToolMode.NAMED})


class Thinking(msgspec.Struct, frozen=True):
    """What a request says of thinking, the limit of output that goes with it, and what had no place."""

    max_tokens: int
    thinking: ThinkingObject | None = None
    effort: str | None = None
    lost: tuple[Inexpressible, ...] = ()

    @property
    def is_on(self) -> bool:
        """Whether the model will think."""
        return self.thinking is not None and self.thinking.type != "disabled"


def version_of(model: str) -> tuple[int, int] | None:
    """Return (major, minor) of a Claude model's name, None when it does not tell."""
    found = _VERSION.search(model)
    return (int(found[1]), int(found[2] or 0)) if found else None


def takes_sampling(model: str) -> bool:
    """Whether a model takes temperature, top_p and top_k: those since Claude 4.7 refuse them."""
    version = version_of(model)
    return version is None or version < _ONLY_ADAPTIVE_SINCE


def thinking_of(request: Request, model: str, default_max_tokens: int) -> Thinking:
    """Return what `request` says of thinking, for `model`."""
    asked = request.reasoning
    limit = request.max_output_tokens if request.max_output_tokens is not None else default_max_tokens
    if asked is None:
        return Thinking(limit)
    version = version_of(model) or (0, 0)
    if request.form is OWN:
        return _as_asked(asked, limit, has_limit=request.max_output_tokens is not None)
    if asked.is_on is False or asked.effort == "none" or asked.budget_tokens == 0:
        # Older models do not think unless told to, and some of them refuse to be told not to.
        return Thinking(limit, ThinkingObject("disabled") if version >= _ON_UNLESS_DISABLED_SINCE else None)
    if asked.effort is None and asked.budget_tokens is None and not asked.is_on and not asked.is_adaptive:
        return Thinking(limit)  # nothing but how thoughts are shown: the model's default decides
    is_forced = request.tool_choice is not None and request.tool_choice.mode in _FORCING
    if version >= _ADAPTIVE_SINCE:
        return _adaptive(asked, limit, version, is_forced=is_forced)
    if is_unthought(request.messages, {OWN}):
        return Thinking(limit, lost=(UNTHOUGHT,))
    return _budgeted(asked, limit, is_forced=is_forced)


def _as_asked(asked: Reasoning, limit: int, *, has_limit: bool) -> Thinking:
    """A client of this form knows its model: the provider's own complaints are the best."""
    display = None if asked.is_shown is None else "summarized" if asked.is_shown else "omitted"
    if asked.budget_tokens is not None:
        limit = limit if has_limit else max(limit, asked.budget_tokens + limit)
        return Thinking(limit, ThinkingObject("enabled", asked.budget_tokens, display), asked.effort)
    if asked.is_adaptive:
        return Thinking(limit, ThinkingObject("adaptive", None, display), asked.effort)
    if asked.is_on is None:
        return Thinking(limit, None, asked.effort)
    return Thinking(limit, ThinkingObject("enabled" if asked.is_on else "disabled", None, display), asked.effort)


def _adaptive(asked: Reasoning, limit: int, version: tuple[int, int], *, is_forced: bool) -> Thinking:
    effort = asked.effort
    if effort is None and asked.budget_tokens is not None and asked.budget_tokens > 0:
        effort = effort_of(asked.budget_tokens)
    if effort == "minimal":
        effort = "low"
    elif effort == "xhigh" and version < _ONLY_ADAPTIVE_SINCE:
        effort = "high"
    if is_forced:
        return Thinking(limit, None, effort, (_unforced(is_hint=asked.budget_tokens is None),))
    return Thinking(limit, ThinkingObject("adaptive", None, _display(asked)), effort)


def _budgeted(asked: Reasoning, limit: int, *, is_forced: bool) -> Thinking:
    if is_forced:
        return Thinking(limit, lost=(_unforced(is_hint=asked.budget_tokens is None),))
    if asked.budget_tokens is not None and asked.budget_tokens > 0:
        budget = max(asked.budget_tokens, _LEAST_BUDGET)
    else:
        # A word leaves the number open: half of what may be said is left for the answer.
        budget = min(budget_of(asked.effort or "medium"), max(limit // 2, _LEAST_BUDGET))
    thinking = ThinkingObject("enabled", budget, None)
    if budget < limit:
        return Thinking(limit, thinking)
    raised = budget + limit
    why = f"thinking takes {budget} tokens of it; it was raised to {raised}"
    return Thinking(raised, thinking, lost=(Inexpressible("max_output_tokens", why, is_hint=True),))


def _unforced(*, is_hint: bool) -> Inexpressible:
    return Inexpressible("reasoning", "Anthropic does not let a model think that is forced to call a tool", is_hint)


def _display(asked: Reasoning) -> str | None:
    if asked.is_shown is False:
        return "omitted"
    return "summarized" if asked.is_shown or asked.summary is not None else None
