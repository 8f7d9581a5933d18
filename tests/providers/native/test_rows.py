"""Providers with conversations of their own."""

from narrowgate.model.conversation import Form
from narrowgate.providers.native.rows import NATIVE
from narrowgate.providers.registry import PROFILES


def test_each_has_a_form_of_its_own_first() -> None:
    firsts = [next(iter(profile.forms)) for profile in NATIVE if profile.quirks.variant is None]
    makers = [next(iter(profile.forms)) for profile in NATIVE if profile.cloud is None]
    assert len(set(makers)) == len(makers)
    assert not {Form.OPENAI_CHAT, Form.OPENAI_RESPONSES} & set(firsts)


def test_each_is_found_by_its_name() -> None:
    assert all(PROFILES[profile.name] is profile for profile in NATIVE)
