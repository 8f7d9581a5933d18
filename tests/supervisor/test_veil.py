import os

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supervisor.veil import Veil

SECRET = "sk-canary-0123456789"


def test_values_that_may_be_secret_have_a_stand_in_of_the_same_length() -> None:
    veil = Veil(os.urandom)
    had = {"OPENAI_API_KEY": SECRET, "NARROWGATE_HOST": "127.0.0.1", "HOME": "/home/someone", "SHORT": "abc"}
    had["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/var/run/secrets/token"
    seen = veil.variables(had)
    assert seen["OPENAI_API_KEY"] != SECRET
    assert len(seen["OPENAI_API_KEY"]) == len(SECRET)
    assert {name for name in had if seen[name] == had[name]} == set(had) - {"OPENAI_API_KEY"}
    assert veil.variables(had) == seen
    assert SECRET not in repr(veil)


def test_a_stand_in_is_turned_back_wherever_it_stands() -> None:
    veil = Veil(os.urandom)
    stand_in = veil.text(SECRET)
    assert veil.lift(f'["Bearer {stand_in}"]'.encode()) == f'["Bearer {SECRET}"]'.encode()


def test_an_address_stays_readable_and_its_password_does_not() -> None:
    veil = Veil(os.urandom)
    assert veil.text("https://proxy.example:3128/x") == "https://proxy.example:3128/x"
    seen = veil.text("http://user:long-password@proxy.example:3128")
    assert seen.startswith("http://user:")
    assert seen.endswith("@proxy.example:3128")
    assert "long-password" not in seen
    assert veil.lift(seen.encode()) == b"http://user:long-password@proxy.example:3128"


def test_a_line_end_behind_a_secret_stays() -> None:
    veil = Veil(os.urandom)
    assert veil.text(f"{SECRET}\n") == veil.text(SECRET) + "\n"


@given(st.text())
def test_lifting_gives_back_what_was_there(value: str) -> None:
    veil = Veil(os.urandom)
    seen = veil.text(value)
    assert len(seen) == len(value)
    assert veil.lift(seen.encode("utf-8", "surrogatepass")) == value.encode("utf-8", "surrogatepass")
