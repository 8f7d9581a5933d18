"""References are told from other text by their scheme."""

import pytest

from narrowgate.config.reference import has_scheme, is_reference


@pytest.mark.parametrize("text", ["env://NAME", "file:///run/secrets/key"])
def test_references_are_recognised(text: str) -> None:
    assert is_reference(text)
    assert has_scheme(text)


@pytest.mark.parametrize("text", ["vault://path", "https://my.app"])
def test_other_schemes_are_references_of_no_known_kind(text: str) -> None:
    assert has_scheme(text)
    assert not is_reference(text)


@pytest.mark.parametrize("text", ["", "sk-123", "env:NAME", "env://", "NAME", " env://NAME", "ENV://NAME"])
def test_anything_else_is_none(text: str) -> None:
    assert not has_scheme(text)
    assert not is_reference(text)
