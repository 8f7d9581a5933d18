"""The launcher does what it is asked for, within what the configuration names."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.hands import LaunchersHands
from narrowgate.supervisor.launcher import Launcher
from narrowgate.supervisor.sockets import CannotListen
from narrowgate.supervisor.starting import Wanted, fill

SECRET = "sk-canary-0123456789"


class Launched:
    """A launcher at work, and the supervisor's end of it."""

    def __init__(self, folder: Path) -> None:
        secret = folder / "key"
        secret.write_text(f"{SECRET}\n")
        self.config = folder / "narrowgate.yaml"
        (folder / "tls.pem").write_text("private")
        self.config.write_text(
            f"listen: {{tls: {{private_key: {folder}/tls.pem}}}}\ndata: {folder}/d # here\nproviders: {{a: {{api_key: file://{secret}}}}}\n"
        )
        environment = {"NARROWGATE_CONFIG": str(self.config), "HOME": str(folder), "A_KEY": SECRET}
        self.launcher = Launcher(environment)
        self._questions, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        events = self.launcher._their_events.detach()
        self.hands = LaunchersHands(os.dup(self.theirs.fileno()), events)

    def _serve(self) -> None:
        while self.launcher._serve(self._questions):
            self.launcher._tell_ends()

    def asked(self, **question: object) -> dict[str, object]:
        """Ask as a supervisor that was turned might."""
        socket.send_fds(self.theirs, [json.dumps(question).encode()], [])
        answer: dict[str, object] = json.loads(self.theirs.recv(65_536))
        return answer

    def stop(self) -> None:
        self.theirs.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        for sock in (self.theirs, self._questions, self.launcher._events, self.hands._questions, self.hands._events):
            sock.close()


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    one = Launched(tmp_path)
    yield one
    one.stop()


def test_the_data_directory_is_found_before_the_configuration_is_read(launched: Launched, tmp_path: Path) -> None:
    assert launched.launcher._data == (tmp_path / "d").resolve()
    assert (tmp_path / "d" / "journal").is_dir()


def test_files_that_are_named_are_read_and_secrets_are_not_shown(launched: Launched, tmp_path: Path) -> None:
    assert launched.hands.read(launched.config) == launched.config.read_bytes()
    stand_in = launched.hands.read(tmp_path / "key").decode()
    assert len(stand_in) == len(SECRET) + 1
    assert SECRET not in stand_in
    assert launched.launcher._veil.variables({"A_KEY": SECRET})["A_KEY"] == stand_in.strip()
    assert launched.hands.read(tmp_path / "tls.pem") == b""
    launched.config.unlink()
    with pytest.raises(FileNotFoundError):
        launched.hands.read(launched.config)


def test_what_is_not_named_is_refused(launched: Launched, capfd: pytest.CaptureFixture[str]) -> None:
    assert "refused" in launched.asked(ask="read", path="/etc/passwd")
    assert "refused" in launched.asked(ask="listen", host="127.0.0.1", port=0, unix_path="/tmp/evil.sock", edges=1)
    start = {"role": "edge", "read": ["/"], "write": [], "ports": [], "numbers": [], "required": True}
    assert "refused" in launched.asked(ask="start", **start)
    assert "refused" in launched.asked(ask="shell", command="id")
    assert "refused" in launched.asked(nothing=1)
    assert "asked for what the configuration does not name: '/etc/passwd'" in capfd.readouterr().err


def test_sockets_are_opened_and_complaints_passed_on(launched: Launched, tmp_path: Path) -> None:
    ((sock,),) = launched.hands.listen("127.0.0.1", 0, "", 1)
    local = launched.hands.listen_locally(tmp_path / "d" / "control.sock")
    with sock, local:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        assert sock.fileno() >= 256
        assert (tmp_path / "d" / "control.sock").is_socket()
        with pytest.raises(CannotListen, match="in use"):
            launched.hands.listen("127.0.0.1", sock.getsockname()[1], "", 1)


def test_a_digest_is_the_secrets_own(launched: Launched, tmp_path: Path) -> None:
    stand_in = launched.hands.read(tmp_path / "key").decode().strip()
    assert launched.hands.digest(stand_in) == launched.hands.digest(SECRET)


@pytest.mark.slow
def test_a_child_is_started_watched_and_ended(launched: Launched) -> None:
    settings = launched.hands.memory()
    fill(settings, b"[]")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        child = launched.hands.start(Wanted("egress", Role.EGRESS, Openings(), settings, theirs.fileno()))
        theirs.close()
        assert json.loads(ours.recv(1_000)) == {"is": "ready"}
        assert child.poll() is None
        assert (Path(f"/proc/{child.pid}/environ").read_bytes().count(b"\0")) == 3
        child.kill()
        assert child.wait() == -9
    os.close(settings)
