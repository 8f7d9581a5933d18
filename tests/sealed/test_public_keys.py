from pathlib import Path

import pytest

from narrowgate.sealed.public_keys import fingerprint, public_key_of
from tests.sealed.making import new_key


def test_a_key_is_read_from_its_pem(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    assert public_key_of(key.public_pem.decode()) == key.public
    assert fingerprint(key.public) == key.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ],
)
def test_what_is_no_key_is_none(text: str) -> None:
    assert public_key_of(text) is None
