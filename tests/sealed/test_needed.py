"""What an image takes along is found as the loader would find it, and what is not as signed is not packed."""

import json
import platform
from pathlib import Path

import pytest

from narrowgate.sealed.archive import lay_out
from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.keys import SigningKey
from narrowgate.sealed.needed import Program, authorities_of, libraries_of, read_program
from narrowgate.sealed.whole import GUARD
from tests.sealed.making import TAG, new_key, small_file, written
from tests.supply.parts import elf

PROVENANCE = {"predicate": {"buildDefinition": {"externalParameters": {"version": "1.2.3"}}}}
PEM = b"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
LOADER = "/lib64/ld-linux-x86-64.so.2"
PROGRAM = Program(b"", "1", "ab", b"guard", "amd64", LOADER, ("libssl.so.3", "libc.so.6"))


def whole(key: SigningKey, **more: bytes) -> bytes:
    files = {GUARD: b"guard", "narrowgate-provenance.json": json.dumps(PROVENANCE).encode()}
    files |= {"_ssl.so": elf([], ["libssl.so.3"])} | more
    # Any program that a loader starts will do for the one with an interpreter in it.
    return lay_out(Path("/bin/true").read_bytes(), files, key.public, key.sign, TAG)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system with just enough in it; libcrypto says where OpenSSL looks."""
    root = tmp_path / "root"
    folder = root / "usr/lib/x86_64-linux-gnu"
    folder.mkdir(parents=True)
    (root / "lib64").mkdir()
    (root / "lib64/ld-linux-x86-64.so.2").write_bytes(elf([]))
    libc = elf([], ["ld-linux-x86-64.so.2"]) + b"GNU C Library (Any) stable release version 2.36.\n"
    (folder / "libc.so.6").write_bytes(libc)
    (folder / "libssl.so.3").write_bytes(elf([], ["libcrypto.so.3", "libc.so.6"]))
    (folder / "libcrypto.so.3").write_bytes(elf([], ["libc.so.6"]) + b"\0/usr/lib/ssl/cert.pem\0")
    return root


@pytest.mark.skipif(platform.machine() not in {"x86_64", "aarch64"}, reason="no image is made for this processor")
def test_a_program_is_read_with_all_that_it_names(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    program = read_program(written(tmp_path, whole(key)), key.public)
    assert program.version == "1.2.3"
    assert program.guard == b"guard"
    assert program.loader.startswith("/lib")
    assert {"libssl.so.3", "libc.so.6"} <= set(program.needed)
    assert program.architecture == {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def test_what_is_not_as_signed_is_not_packed(tmp_path: Path) -> None:
    key, other = new_key(tmp_path), new_key(tmp_path, "other.pem")
    data = whole(key)
    path = written(tmp_path, data)
    with pytest.raises(CannotSeal, match="is not what was signed"):
        read_program(path, other.public)
    at = data.rindex(b"guard")
    path.write_bytes(data[:at] + b"G" + data[at + 1 :])
    with pytest.raises(CannotSeal, match="is not what was signed"):
        read_program(path, key.public)


def test_the_variant_for_another_python_is_no_image(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    with pytest.raises(CannotSeal, match="seal --whole"):
        read_program(written(tmp_path, small_file(key)), key.public)


def test_libraries_are_found_with_those_that_they_need_and_lie_beside_the_c_library(root: Path) -> None:
    found = libraries_of(PROGRAM, root)
    folder = "/usr/lib/x86_64-linux-gnu"
    assert [one.path for one in found] == [
        LOADER, f"{folder}/libc.so.6", f"{folder}/libcrypto.so.3", f"{folder}/libssl.so.3"
    ]  # fmt: skip


def test_an_old_c_library_brings_its_resolver(root: Path) -> None:
    folder = root / "usr/lib/x86_64-linux-gnu"
    (folder / "libc.so.6").write_bytes(elf([]) + b"GNU C Library (Any) stable release version 2.31.\n")
    for name in ("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"):
        (folder / name).write_bytes(elf([]))
    assert sum("libnss" in one.path for one in libraries_of(PROGRAM, root)) == 2


def test_a_folder_that_is_named_comes_first(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "libssl.so.3").write_bytes(elf([], ["libc.so.6"]))
    assert not [one for one in libraries_of(PROGRAM, root, [own]) if "libcrypto" in one.path]


def test_what_is_not_there_or_for_another_processor_is_said(root: Path) -> None:
    library = root / "usr/lib/x86_64-linux-gnu/libssl.so.3"
    library.write_bytes(library.read_bytes()[:18] + b"\xb7\0" + library.read_bytes()[20:])
    with pytest.raises(CannotSeal, match=r"'libssl\.so\.3' is not there for this processor"):
        libraries_of(PROGRAM, root)
    library.write_bytes(b"no library")
    with pytest.raises(CannotSeal, match="name its folder with --libraries"):
        libraries_of(PROGRAM, root)
    library.write_bytes(elf([]))
    (root / "lib64/ld-linux-x86-64.so.2").unlink()
    with pytest.raises(CannotSeal, match=r"ld-linux-x86-64\.so\.2' cannot be read"):
        libraries_of(PROGRAM, root)


def test_authorities_go_where_openssl_looks(root: Path, tmp_path: Path) -> None:
    libraries = libraries_of(PROGRAM, root)
    with pytest.raises(CannotSeal, match="--authorities"):
        authorities_of(libraries, root)
    file = root / "etc/pki/tls/certs/ca-bundle.crt"
    file.parent.mkdir(parents=True)
    file.write_bytes(PEM * 3)
    found = authorities_of(libraries, root)
    assert (found.looked_at, found.count) == ("/usr/lib/ssl/cert.pem", 3)
    (tmp_path / "own.pem").write_bytes(b"none")
    with pytest.raises(CannotSeal, match="holds no certificate"):
        authorities_of(libraries, root, tmp_path / "own.pem")
    with pytest.raises(CannotSeal, match="no OpenSSL"):
        authorities_of([one for one in libraries if "crypto" not in one.path], root)
