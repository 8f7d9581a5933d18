"""Write how much a model should think, in whichever member a provider takes it."""

import msgspec

from narrowgate.model.conversation import Reasoning
from narrowgate.model.effort import EFFORTS, budget_of, effort_of
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.losses import Losses
from narrowgate.schemas import openai_chat as wire


def write_reasoning(asked: Reasoning | None, written: wire.Request, quirks: Quirks, losses: Losses) -> bytes:
    """Put `asked` into `written`; return further members as they stand in JSON, with a comma before each."""
    if asked is None or losses.is_refused("reasoning"):
        return b""
    word = _word(asked, quirks.efforts)
    is_on = asked.is_on if asked.is_on is not None else None if word is None else word != "none"
    match quirks.effort_field:
        case "reasoning":
            budget = None if asked.effort is not None else asked.budget_tokens
            shown = None if asked.is_shown is None else not asked.is_shown
            effort = None if asked.effort is None else word
            written.reasoning = wire.ReasoningObject(effort, budget, shown, asked.is_on, asked.summary)
            return b""
        case "thinking":
            if is_on is not None:
                kind = "enabled" if is_on else "disabled"
                written.thinking = wire.Thinking(kind, (asked.budget_tokens or None) if is_on else None)
            written.reasoning_effort = word if asked.effort is not None and is_on else None
        case "enable_thinking":
            _unshown(asked, losses)
            if is_on is None:
                return b""
            budget = asked.budget_tokens or (budget_of(asked.effort) if asked.effort else 0)
            return (b',"enable_thinking":true' if is_on else b',"enable_thinking":false') + (
                b',"thinking_budget":' + msgspec.json.encode(budget) if is_on and budget else b""
            )
        case "":
            losses.note("reasoning", "this provider has no setting for it", is_hint=not word or word == "none")
            return b""
        case _:
            written.reasoning_effort = word
    _unshown(asked, losses)
    return b""


def _word(asked: Reasoning, known: tuple[str, ...]) -> str | None:
    if asked.is_on is False:
        word = "none"
    elif asked.effort is not None:
        word = asked.effort
    elif asked.budget_tokens is not None:
        word = effort_of(asked.budget_tokens)
    elif asked.is_on or asked.is_adaptive:
        word = "medium"
    else:
        return None
    if not known or word in known or word not in EFFORTS:
        return word
    at = EFFORTS.index(word)
    ranked = [other for other in known if other in EFFORTS]
    return min(ranked, key=lambda other: abs(EFFORTS.index(other) - at)) if ranked else word


def _unshown(asked: Reasoning, losses: Losses) -> None:
    for name, value in (("is_shown", asked.is_shown), ("summary", asked.summary)):
        if value is not None:
            losses.note(f"reasoning.{name}", "the provider shows what it shows", is_hint=True)
