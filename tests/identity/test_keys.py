import hashlib

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.identity.keys import digest_of, hint_of, new_key_text


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_text_for_a_header(random: bytes) -> None:
    text = new_key_text(lambda count: random[:count])
    assert text.startswith("sk-ng-")
    assert len(text) == 49
    assert text[6:].isalnum()


def test_different_randomness_gives_different_keys() -> None:
    assert new_key_text(lambda count: b"a" * count) != new_key_text(lambda count: b"b" * count)


def test_a_digest_is_a_sha_256() -> None:
    assert digest_of(b"x") == hashlib.sha256(b"x").digest()


def test_a_hint_tells_nothing_of_a_short_key() -> None:
    assert hint_of("sk-ng-" + "a" * 39 + "wxyz") == "…wxyz"
    assert hint_of("short") == "…"
