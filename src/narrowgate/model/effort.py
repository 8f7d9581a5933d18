"""How much thinking a word means, for forms that count it in tokens, and the reverse."""

# The order matters: from little to much.
_BUDGETS = {"minimal": 1_024, "low": 2_048, "medium": 8_192, "high": 16_384, "xhigh": 24_576, "max": 32_768}
EFFORTS = ("none", *_BUDGETS)


def budget_of(effort: str) -> int:
    """Return the tokens `effort` stands for; 0 for "none", that of "medium" for a word not known."""
    return 0 if effort == "none" else _BUDGETS.get(effort, _BUDGETS["medium"])


def effort_of(budget_tokens: int) -> str:
    """Return the word nearest to `budget_tokens`, "none" for 0; the mirror of `budget_of`."""
    if budget_tokens <= 0:
        return "none"
    return min(_BUDGETS, key=lambda effort: abs(_BUDGETS[effort] - budget_tokens))
