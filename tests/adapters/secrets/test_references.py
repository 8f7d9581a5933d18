"""References lead to secrets, or to an error that names the reference and never a value."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.secrets.references import LIMIT_BYTES, RESOLVERS, SecretUnavailable, resolve
from narrowgate.config.reference import SCHEMES


def resolve_file(content: bytes) -> str:
    return resolve("file:///run/key", {}, lambda _path: content).reveal()


def test_every_scheme_a_configuration_may_name_has_its_resolver() -> None:
    assert tuple(RESOLVERS) == SCHEMES


def test_a_variable_is_read() -> None:
    assert resolve("env://KEY", {"KEY": "sk-1"}).reveal() == "sk-1"


def test_a_file_is_read_without_its_last_line_break(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"sk-2\n")
    assert resolve(f"file://{file}", {}).reveal() == "sk-2"
    assert resolve_file(b"sk-2\r\n") == "sk-2"
    assert resolve_file(b"sk-2") == "sk-2"


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("env://NOTHING", "'env://NOTHING' is not set"),
        ("env://EMPTY", "'env://EMPTY' is empty"),
        ("env://LINES", "'env://LINES' holds line breaks"),
        ("file://key", "'file://key' is not an absolute path"),
        ("file:///nowhere/at/all", "'file:///nowhere/at/all' cannot be read: no such file or directory"),
        ("vault://x", "is a reference of a kind that is not known"),
        ("sk-plain", "is not a reference to a secret"),
    ],
)
def test_a_reference_that_leads_nowhere_says_so(reference: str, problem: str) -> None:
    with pytest.raises(SecretUnavailable) as caught:
        resolve(reference, {"EMPTY": " ", "LINES": "hidden\nx: y"})
    assert caught.value.problem.startswith(problem)
    assert caught.value.fix
    assert "hidden" not in str(caught.value)
    assert "sk-plain" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"  \n", b"hidden\x00", b"hid\nden\n", b"hidden\n\n", b"hidd\xc3\xa4n", b"h" * (LIMIT_BYTES + 1)],
)
def test_a_file_that_holds_no_plain_secret_is_refused(content: bytes) -> None:
    with pytest.raises(SecretUnavailable) as caught:
        resolve_file(content)
    assert "file:///run/key" in str(caught.value)
    assert "hid" not in str(caught.value)


def test_an_endless_file_is_not_read_to_its_end() -> None:
    with pytest.raises(SecretUnavailable):
        resolve("file:///dev/zero", {})


@given(st.binary(max_size=60))
def test_a_secret_can_always_stand_in_a_header(content: bytes) -> None:
    try:
        value = resolve_file(content)
    except SecretUnavailable:
        return
    assert value.strip()
    assert all(" " <= letter <= "~" for letter in value)
