"""Quirks belong to providers there are."""

from narrowgate.providers.compatible.quirks import IMITATOR, QUIRKS, quirks_of
from narrowgate.providers.registry import PROFILES


def test_every_quirk_is_a_known_providers_and_reaches_its_profile() -> None:
    assert set(QUIRKS) <= set(PROFILES)
    assert all(PROFILES[name].quirks == quirks for name, quirks in QUIRKS.items())


def test_anyone_else_is_taken_for_a_plain_imitator() -> None:
    assert quirks_of("somebody") is IMITATOR
    assert PROFILES["perplexity"].quirks == IMITATOR
