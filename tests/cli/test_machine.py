"""What doctor looks at is told as it is."""

import socket
from pathlib import Path

import pytest

from narrowgate.cli.machine import Verdict, clock, confinement, data_folder, file_limit, listening, packages, python
from narrowgate.sandbox.kernel import Offers
from tests.cli.answering import answering


def test_this_python_and_its_packages_are_good() -> None:
    assert python().verdict is Verdict.GOOD
    assert [finding.verdict for finding in packages()] == [Verdict.GOOD]


def test_the_clock_and_the_limit_are_told() -> None:
    assert clock().verdict is Verdict.GOOD
    assert file_limit().says.startswith("a process may have")


def test_a_data_folder_is_good_when_it_is_there_and_private_or_can_be_made(folder: Path) -> None:
    own = folder / "own"
    own.mkdir(mode=0o700)
    assert "can be written to" in data_folder(own).says
    assert "can be made" in data_folder(own / "a" / "b").says
    assert data_folder(Path("relative/folder")).verdict is Verdict.GOOD


def test_a_data_folder_that_others_can_enter_is_noted(folder: Path) -> None:
    own = folder / "own"
    own.mkdir()
    own.chmod(0o755)
    assert data_folder(own).verdict is Verdict.NOTE


def test_a_data_folder_that_cannot_be_made_is_bad(folder: Path) -> None:
    file = folder / "file"
    file.write_text("", encoding="utf-8")
    assert data_folder(file).verdict is Verdict.BAD
    assert data_folder(file / "below").verdict is Verdict.BAD


def test_a_free_port_is_good() -> None:
    assert "is free" in listening("127.0.0.1", 0, is_tls=False).says


def test_a_port_that_another_program_has_is_bad() -> None:
    with answering() as told:
        finding = listening("127.0.0.1", told.port, is_tls=False)
    assert finding.verdict is Verdict.BAD
    assert "another program listens" in finding.says


@pytest.mark.parametrize(
    ("status", "body", "verdict", "says"),
    [
        (200, b'{"status":"ready","problems":[]}', Verdict.GOOD, "is ready"),
        (503, b'{"status":"not ready","problems":["x"]}', Verdict.NOTE, "is not ready"),
    ],
)
def test_a_gateway_that_runs_is_asked_how_it_is(status: int, body: bytes, verdict: Verdict, says: str) -> None:
    with answering() as told:
        told.answers["/health/ready"] = (status, body)
        finding = listening("0.0.0.0", told.port, is_tls=False)
    assert finding.verdict is verdict
    assert finding.says.endswith(says)


def test_an_address_that_is_not_this_machines_is_bad() -> None:
    assert listening("192.0.2.1", 0, is_tls=False).verdict is Verdict.BAD
    assert listening("no such host", 0, is_tls=False).verdict is Verdict.BAD


def test_a_port_that_does_not_speak_tls_is_another_programs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.close()
    with answering() as told:
        assert listening("127.0.0.1", told.port, is_tls=True).verdict is Verdict.BAD


def test_how_processes_can_be_confined_is_told() -> None:
    whole = Offers("linux", "x86_64", 7, has_seccomp=True, has_no_new_privs=True)
    (good,) = confinement(whole, is_required=True)
    assert (good.verdict, "Landlock version 7" in good.says) == (Verdict.GOOD, True)
    old = Offers("linux", "x86_64", 0, has_seccomp=True, has_no_new_privs=True)
    (note,) = confinement(old, is_required=False)
    assert (note.verdict, note.says) == (Verdict.NOTE, "landlock: this kernel has none")
    assert "lsm=" in note.fix
    assert [finding.verdict for finding in confinement(old, is_required=True)] == [Verdict.BAD]
