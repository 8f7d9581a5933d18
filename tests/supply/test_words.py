"""A table of words is their set."""

from narrowgate.supply.words import written_out


def test_words_may_stand_on_several_lines() -> None:
    assert written_out("a b\n  c a") == {"a", "b", "c"}
