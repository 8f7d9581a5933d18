"""Text in code is unwrapped and read: code in code, places of credentials, places to persist."""

import base64
import marshal
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supply.literals import as_code, credentials_in, entropy, is_long_blob, persistence_in, unwrap

CODE = "import subprocess\nsubprocess.run(['id'])  # what nobody should see\n"


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        (base64.b64encode(CODE.encode()).decode(), ("base64",)),
        (base64.urlsafe_b64encode(CODE.encode()).decode().rstrip("="), ("base64",)),
        (base64.b64encode(CODE.encode()).decode().rstrip("=")[::-1], ("base64 backwards",)),
        (CODE.encode().hex(), ("hexadecimal",)),
        (base64.b85encode(CODE.encode()).decode(), ("base85",)),
        (base64.b64encode(zlib.compress(CODE.encode())).decode(), ("base64", "zlib")),
        (base64.b64encode(base64.b64encode(CODE.encode())).decode(), ("base64", "base64")),
    ],
)
def test_code_is_found_in_its_wrappings(text: str, layers: tuple[str, ...]) -> None:
    hidden = unwrap(text)
    assert hidden is not None
    assert hidden.layers == layers
    assert hidden.code == CODE


def test_programs_and_compiled_python_are_told_by_how_they_begin() -> None:
    program = unwrap(base64.b64encode(b"\x7fELF" + b"\0" * 100).decode())
    assert program is not None
    assert program.holds == "ELF program"
    compiled = unwrap(base64.b64encode(marshal.dumps(compile(CODE, "x", "exec"))).decode())
    assert compiled is not None
    assert compiled.holds == "compiled Python"


@pytest.mark.parametrize(
    "text",
    [
        "an ordinary sentence that is somewhat longer than the shortest code could be",
        "d2bf9a4c5f1e0b7a6c3d8e9f" * 4,  # hexadecimal of nothing
        base64.b64encode(b"an ordinary sentence in base64, as in the test of a mail program").decode(),
    ],
)
def test_text_that_hides_nothing_is_left_alone(text: str) -> None:
    assert unwrap(text) is None


@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    unwrap(text)
    as_code(text)
    list(credentials_in(text))
    persistence_in(text)
    is_long_blob(text)


def test_what_unpacks_without_end_is_cut_off() -> None:
    assert unwrap(base64.b64encode(zlib.compress(b"\0" * 50_000_000)).decode()) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("~/.ssh/id_ed25519", "SSH keys"),
        ("/home/x/.aws/credentials", "AWS credentials"),
        ("http://169.254.169.254/latest", "instance metadata"),
        ("/var/run/secrets/kubernetes.io/serviceaccount/token", "Kubernetes token"),
        ("~/.git-credentials", "Git credentials"),
        ("~/.netrc", "passwords for hosts"),
        ("/proc/self/environ", "other processes"),
        ("~/.bash_history", "shell history"),
    ],
)
def test_the_usual_places_of_credentials_are_known(text: str, kind: str) -> None:
    assert list(credentials_in(text)) == [kind]


def test_a_word_that_only_looks_like_a_place_is_none() -> None:
    assert list(credentials_in("the ssh protocol, awsome, kubernetes, my_netrc_parser")) == []
    assert persistence_in("a systemd unit") == ""
    assert persistence_in("~/.config/systemd/user/x.service") == "systemd/user"


def test_a_long_blob_is_long_and_close_to_random() -> None:
    blob = base64.b64encode(random.Random(1).randbytes(3_000)).decode()
    assert is_long_blob(blob)
    assert not is_long_blob(blob[:200])
    assert not is_long_blob("ab" * 1_000)
    assert entropy("") == 0.0
