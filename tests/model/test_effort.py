"""Words and tokens of thinking stand for each other."""

import pytest

from narrowgate.model.effort import EFFORTS, budget_of, effort_of


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_word_comes_back_from_its_tokens(effort: str) -> None:
    assert effort_of(budget_of(effort)) == effort


def test_an_unknown_word_is_taken_for_the_middle() -> None:
    assert budget_of("plenty") == budget_of("medium")
