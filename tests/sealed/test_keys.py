from pathlib import Path

import pytest

from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.keys import read_signing_key, write_new_key


def test_a_new_key_is_its_owners_alone_and_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    made = write_new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    read = read_signing_key(path)
    assert (read.public, repr(read)) == (made.public, "<signing key>")
    with pytest.raises(CannotSeal, match="cannot be made"):
        write_new_key(path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    write_new_key(path)
    path.chmod(0o644)
    with pytest.raises(CannotSeal, match="chmod 600"):
        read_signing_key(path)


@pytest.mark.parametrize("text", ["", "nothing", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "k.pem"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(CannotSeal, match="no Ed25519 key"):
        read_signing_key(path)
    with pytest.raises(CannotSeal, match="--new-key"):
        read_signing_key(tmp_path / "none")
