"""The unit: what it takes away, what it leaves, and that systemd agrees."""

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from narrowgate.deploy.systemd import NAME, credential_of, notes_of, unit
from narrowgate.sandbox.profile import PROFILES
from narrowgate.sandbox.seccomp import ABSENT
from tests.deploy.sites import site

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed (apt install systemd)")
# SQLite asks for it as root only, and nobody is root under this unit.
ROOT_ONLY = {"fchown"}


def settings(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, _, value in (line.partition("=") for line in text.splitlines() if re.match(r"[A-Z]\w+=", line)):
        found.setdefault(name, []).append(value)
    return found


def analyze(*words: str) -> str:
    assert ANALYZE is not None
    done = subprocess.run([ANALYZE, *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def calls_of(group: str) -> set[str]:
    names = {line.strip() for line in analyze("syscall-filter", "--no-pager", group).splitlines()[1:]}
    names = {name for name in names if name and not name.startswith("#")}
    return {call for name in names for call in (calls_of(name) if name.startswith("@") else {name})}


def test_the_unit_is_for_this_configuration() -> None:
    found = settings(unit(site(), "/opt/narrow gate/narrowgate"))
    assert found["ExecStart"] == [
        '"/opt/narrow gate/narrowgate" serve --config /etc/narrowgate/narrowgate.yaml --data /var/lib/narrowgate'
    ]
    assert found["TimeoutStopSec"] == ["60"]
    assert found["SocketBindAllow"] == ["tcp:8443"]
    assert found["LoadCredential"] == ["groq:/etc/narrowgate/credentials/groq"]
    assert found["Environment"] == ["AZURE_BASE_URL=https://mine.example"]
    assert found["CapabilityBoundingSet"] == found["AmbientCapabilities"] == [""]


def test_nothing_but_its_data_can_be_written_and_nobody_is_root() -> None:
    found = settings(unit(site(), "/usr/local/bin/narrowgate"))
    assert found["ProtectSystem"] == ["strict"]
    assert found["DynamicUser"] == found["NoNewPrivileges"] == found["MemoryDenyWriteExecute"] == ["yes"]
    assert "ReadWritePaths" not in found
    assert found["StateDirectoryMode"] == ["0700"]


def test_a_low_port_is_had_by_its_capability_alone() -> None:
    found = settings(unit(msgspec.structs.replace(site(), port=443), "/usr/local/bin/narrowgate"))
    assert found["CapabilityBoundingSet"] == found["AmbientCapabilities"] == ["CAP_NET_BIND_SERVICE"]
    assert "PrivateUsers" not in found, "a capability within a namespace of users opens no low port"


def test_the_same_configuration_gives_the_same_unit() -> None:
    assert unit(site(), "/p") == unit(site(), "/p")


def test_specifiers_and_variables_are_meant_as_they_stand() -> None:
    odd = msgspec.structs.replace(site(), settings=(("X", "https://h/%20$y"),))
    text = unit(odd, "/opt/100%/$x")
    assert 'ExecStart="/opt/100%%/$$x" serve' in text
    assert 'Environment="X=https://h/%%20$y"' in text


def test_what_is_left_to_do_is_told() -> None:
    notes = "\n".join(notes_of(msgspec.structs.replace(site(), files=("/home/me/ca.pem", *site().files))))
    assert "write EXTRA, NARROWGATE_ADMIN_TOKEN" in notes
    assert "'/run/keys/azure' must be readable" in notes
    assert "'/home/me/ca.pem' is hidden" in notes
    socket = msgspec.structs.replace(site(), unix_socket="/srv/ng.sock")
    assert any("/srv/ng.sock" in note for note in notes_of(socket))
    inside = msgspec.structs.replace(site(), unix_socket="/run/narrowgate/ng.sock")
    assert "RuntimeDirectory=narrowgate" in unit(inside, "/p")


def test_credentials_are_files_in_their_own_folder_only() -> None:
    assert credential_of("/run/credentials/narrowgate.service/groq") == "groq"
    assert credential_of("/run/credentials/narrowgate.service/a/b") is None
    assert credential_of("/run/credentials/narrowgate.service/") is None
    assert credential_of("/run/keys/azure") is None


@needs_systemd
@pytest.mark.slow
def test_systemd_understands_every_line_and_finds_little_exposed(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_text(unit(site(), "/bin/true"), encoding="utf-8")
    said = analyze("verify", str(file))
    assert "Unknown" not in said, said
    assert "not found" not in said, said
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", analyze("security", "--offline=true", str(file)))
    assert score is not None
    assert float(score[1]) <= 1.5


@needs_systemd
@pytest.mark.slow
def test_no_call_that_a_process_needs_is_refused() -> None:
    allowed: set[str] = set()
    for line in settings(unit(site(), "/p"))["SystemCallFilter"]:
        named = {
            call
            for word in line.removeprefix("~").split()
            for call in (calls_of(word) if word.startswith("@") else {word})
        }
        allowed = allowed - named if line.startswith("~") else allowed | named
    for role, profile in PROFILES.items():
        needed = {name for name, alternatives in profile.filter.calls.items() if alternatives != ABSENT}
        assert needed - allowed <= ROOT_ONLY, role
    sealing = {"capset", "capget", "prctl", "landlock_restrict_self", "seccomp", "memfd_create", "prlimit64"}
    starting = {"execve", "clone", "clone3", "vfork", "bind", "listen", "socket", "flock", "kill", "wait4", "chmod"}
    assert sealing | starting <= allowed
    assert not {"ptrace", "mount", "bpf", "keyctl", "setuid", "io_uring_setup", "unshare"} & allowed - {"unshare"}
