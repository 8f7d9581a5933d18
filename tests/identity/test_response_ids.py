"""The name of a stored response leads back, for its own key alone."""

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.identity.response_ids import ResponseIds, StoredResponse

IDS = ResponseIds(b"s" * 32)
STORED = st.builds(
    StoredResponse,
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9._-]{0,64}", fullmatch=True),
    st.text("abz019_-.", min_size=1),
)
KEYS = st.text("abc_019", min_size=1)


@given(STORED, KEYS)
def test_a_name_leads_back_for_its_key(stored: StoredResponse, key: str) -> None:
    assert IDS.unwrap(IDS.wrap(stored, key), key) == stored


@given(STORED, KEYS, KEYS)
def test_it_leads_nowhere_for_another(stored: StoredResponse, key: str, other: str) -> None:
    assert key == other or IDS.unwrap(IDS.wrap(stored, key), other) is None


@given(STORED, STORED, KEYS)
def test_no_name_can_be_made_of_another(stored: StoredResponse, other: StoredResponse, key: str) -> None:
    proof = IDS.wrap(stored, key).split("~")[1]
    forged = "~".join(("resp_ng1", proof, *other))
    assert stored == other or IDS.unwrap(forged, key) is None


@given(st.text())
def test_what_is_no_name_is_none(text: str) -> None:
    assert IDS.unwrap(text, "key_1") is None


def test_another_installation_has_other_names() -> None:
    stored = StoredResponse("openai", "", "resp_1")
    assert ResponseIds(b"t" * 32).unwrap(IDS.wrap(stored, "key_1"), "key_1") is None
    assert "s" * 8 not in repr(IDS)
