"""The real thing, made once: it is the same wherever it is made, and an independent tool checks its signature."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from narrowgate.sealed.build import Wanted, attach, make
from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.unsigned import read_public_key
from tests.sealed.making import new_key

LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"


def test_two_builds_are_the_same_to_the_byte_and_openssl_agrees(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    said: list[str] = []
    first = make(Wanted(LOCK, tmp_path / "one"), key, said.append)
    second = make(Wanted(LOCK, tmp_path / "two" / "deeper"), key, said.append)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert said
    made, manifest, signature = first[:3]
    assert str(tmp_path).encode() not in made.read_bytes()
    check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(tmp_path / "one" / "narrowgate.pub"), "-rawin"]
    done = subprocess.run([*check, "-in", str(manifest), "-sigfile", str(signature)], capture_output=True, check=False)
    assert done.returncode == 0, done
    assert made.read_bytes().count(manifest.read_bytes() + signature.read_bytes()) == 1
    bill = json.loads((tmp_path / "one" / f"{made.name}.sbom.cdx.json").read_text())
    assert {one["name"] for one in bill["components"]} == {"httptools", "msgspec", "pyyaml", "uvloop"}
    envelope = json.loads((tmp_path / "one" / f"{made.name}.intoto.json").read_text())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert statement["subject"][0]["name"] == made.name
    assert first[0].read_bytes().count(b'"predicateType": "https://slsa.dev/provenance/v1"') == 1


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotSeal, match="cannot be read"):
        make(Wanted(tmp_path / "no.lock", tmp_path), new_key(tmp_path), lambda _text: None)


def test_a_build_without_the_key_becomes_the_one_with_it(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    signed = make(Wanted(LOCK, tmp_path / "signed"), key, lambda _text: None)
    public = read_public_key(tmp_path / "signed" / "narrowgate.pub")
    unsigned = make(Wanted(LOCK, tmp_path / "unsigned"), public, lambda _text: None)
    name = signed[0].name
    assert {path.name for path in unsigned} == {
        f"{name}.unsigned",
        f"{name}.unsigned.sha256",
        f"{name}.manifest",
        f"{name}.sbom.cdx.json",
        "narrowgate.pub",
    }
    (made, _) = attach(unsigned[0], tmp_path / "signed" / f"{name}.manifest.sig", public)
    assert made.name == name
    assert made.read_bytes() == signed[0].read_bytes()
    with pytest.raises(CannotSeal, match=r"does not end in \.unsigned"):
        attach(made, tmp_path / "signed" / f"{name}.manifest.sig", public)
