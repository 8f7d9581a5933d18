"""How Gemini's models are told how much to think: by budget or by level.

Source: https://ai.google.dev/gemini-api/docs/thinking (read 2026-11).
"""

import re
from typing import NamedTuple

from narrowgate.model.conversation import Form, Inexpressible, Reasoning, Request
from narrowgate.model.effort import EFFORTS, budget_of, effort_of
from narrowgate.schemas.gemini_generate import ThinkingConfig

_DYNAMIC = -1


class Thinking(NamedTuple):
    """What a model can do: `levels` it knows, or budgets from `lowest` to `highest`; neither: it does not think."""

    lowest: int = 0
    highest: int = 0
    levels: tuple[str, ...] = ()
    is_optional: bool = False


_ALL = ("minimal", "low", "medium", "high")
# The first that fits counts. A name not here, an alias or a newer model, is taken for a newer model.
_MODELS = (
    (re.compile(r"gemini-2\.5-flash-(?:image|.*tts|.*native-audio)|gemini-2\.5-pro-.*tts"), Thinking()),
    (re.compile(r"gemini-2\.5-pro"), Thinking(128, 32_768)),
    (re.compile(r"gemini-2\.5-flash-lite"), Thinking(512, 24_576, is_optional=True)),
    (re.compile(r"gemini-2\.5-flash"), Thinking(1, 24_576, is_optional=True)),
    (re.compile(r"gemini-(?:1|2\.0)|gemma|learnlm"), Thinking()),
    (re.compile(r"gemini-3-pro"), Thinking(levels=("low", "high"))),
    (re.compile(r"gemini-3[.\d]*-pro"), Thinking(levels=_ALL[1:])),
)
_NEWER = Thinking(levels=_ALL)


def thinking_of(model: str) -> Thinking:
    """Return what `model` can do."""
    return next((thinking for pattern, thinking in _MODELS if pattern.search(model)), _NEWER)


def is_newer(model: str) -> bool:
    """Whether `model` is of Gemini 3 or later: it wants signatures back and takes media in results."""
    return bool(thinking_of(model).levels) and "gemini" in model


def thinking_config(request: Request, model: str) -> tuple[ThinkingConfig | None, list[Inexpressible]]:
    """Return what `request` asks `model` to think, and what of it the model cannot do."""
    asked = request.reasoning
    if asked is None:
        return None, []
    can = thinking_of(model)
    is_off = asked.is_on is False or asked.effort == "none" or asked.budget_tokens == 0
    if not can.levels and not can.highest:
        return None, [] if is_off else [Inexpressible("reasoning", f"{model} does not think")]
    is_own = request.form is Form.GEMINI_GENERATE
    config, losses = _off(can, model) if is_off else _on(asked, can, is_own=is_own)
    if asked.is_shown is not None:
        config.include_thoughts = asked.is_shown
    elif not is_own and not is_off:
        config.include_thoughts = True
    return config, losses


def _off(can: Thinking, model: str) -> tuple[ThinkingConfig, list[Inexpressible]]:
    if can.is_optional:
        return ThinkingConfig(thinking_budget=0), []
    least = ThinkingConfig(thinking_level=can.levels[0]) if can.levels else ThinkingConfig(thinking_budget=can.lowest)
    return least, [Inexpressible("reasoning.is_on", f"{model} always thinks; it is asked to think least", is_hint=True)]


def _on(asked: Reasoning, can: Thinking, *, is_own: bool) -> tuple[ThinkingConfig, list[Inexpressible]]:
    effort, budget = asked.effort, asked.budget_tokens
    if can.levels:
        if is_own and budget is not None and effort is None:
            return ThinkingConfig(thinking_budget=budget), []  # still taken, as the client knows
        if effort is None and budget is not None:
            effort = effort_of(budget)
        if effort is not None:
            return ThinkingConfig(thinking_level=_level(effort, can.levels)), []
        return ThinkingConfig(thinking_budget=_DYNAMIC if asked.is_adaptive or asked.is_on else None), []
    if budget is None and effort is None:
        return ThinkingConfig(thinking_budget=_DYNAMIC if asked.is_adaptive or asked.is_on else None), []
    wanted = budget_of(effort or "medium") if budget is None else budget
    fitting = min(max(wanted, can.lowest), can.highest)
    if budget is None or fitting == wanted:
        return ThinkingConfig(thinking_budget=fitting), []
    why = f"the model takes budgets from {can.lowest} to {can.highest}; it was given {fitting}"
    return ThinkingConfig(thinking_budget=fitting), [Inexpressible("reasoning.budget_tokens", why, is_hint=True)]


def _level(effort: str, levels: tuple[str, ...]) -> str:
    """Return the least of `levels` that is not below `effort`, the highest if there is none."""
    wanted = EFFORTS.index(effort) if effort in EFFORTS else EFFORTS.index("medium")
    return next((level for level in levels if EFFORTS.index(level) >= wanted), levels[-1])
