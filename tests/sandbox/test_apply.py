"""A sealed process is refused what its role does not need, and can still do its work."""

import contextlib
import errno
import mmap
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from narrowgate.sandbox import apply as module
from narrowgate.sandbox import kernel
from narrowgate.sandbox.apply import NotSealed, Report, seal_process
from narrowgate.sandbox.kernel import Offers, call
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from tests.sandbox.forked import in_child, sealed

pytestmark = pytest.mark.skipif(
    bool(kernel.look().missing()), reason=f"this kernel cannot seal: {'; '.join(kernel.look().missing())}"
)

EPERM, EACCES = f"PermissionError {errno.EPERM}", f"PermissionError {errno.EACCES}"
REFUSED = {EPERM, EACCES}
MSG_FASTOPEN, TCP_FASTOPEN_CONNECT, IPPROTO_MPTCP = 0x2000_0000, 30, 262
ROLES = list(Role)
DIALLING = [Role.MERGED_EDGE, Role.EGRESS]
NOT_DIALLING = [Role.EDGE, Role.CONTROL, Role.RECORDER]
THREAD_FLAGS, NEW_USER, NEW_NET = 0x3D_0F00, 0x1000_0000, 0x4000_0000


def raw(name: str, *arguments: int) -> Callable[[], object]:
    return partial(call, name, *arguments)


def exec_from_memory() -> None:
    fd = os.memfd_create("x")
    os.execve(fd, ["x"], {})


FORBIDDEN_TO_ALL: dict[str, Callable[[], object]] = {
    "fork": os.fork,
    "vfork": raw("vfork") if sys.platform == "linux" and os.uname().machine == "x86_64" else os.fork,
    "a process by clone": raw("clone", 17, 0, 0, 0, 0),
    "a thread in a new network": raw("clone", THREAD_FLAGS | NEW_NET, 0, 0, 0, 0),
    "exec": lambda: os.execve("/bin/true", ["true"], {}),
    "execveat": raw("execveat", -1, 0, 0, 0, 0),
    "posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "subprocess": lambda: subprocess.call(["/bin/true"]),
    "a program in memory": exec_from_memory,
    "secret memory": raw("memfd_secret", 0),
    "ptrace": raw("ptrace", 16, os.getpid(), 0, 0),
    "another's memory": raw("process_vm_readv", os.getpid(), 0, 0, 0, 0, 0),
    "writing another's memory": raw("process_vm_writev", os.getpid(), 0, 0, 0, 0, 0),
    "another's descriptor": raw("pidfd_getfd", 0, 0, 0),
    "a handle of a process": raw("pidfd_open", os.getpid(), 0),
    "a signal": lambda: os.kill(os.getppid(), 0),
    "a user namespace": raw("unshare", NEW_USER),
    "another namespace": raw("setns", 0, 0),
    "a mount": raw("mount", 0, 0, 0, 0, 0),
    "chroot": lambda: os.chroot("/"),
    "io_uring": raw("io_uring_setup", 1, 0),
    "io_uring, one that is there": raw("io_uring_enter", 0, 0, 0, 0, 0),
    "bpf": raw("bpf", 0, 0, 0),
    "keys of the kernel": raw("keyctl", 0, 0, 0, 0, 0),
    "perf": raw("perf_event_open", 0, 0, 0, 0, 0),
    "userfaultfd": raw("userfaultfd", 0),
    "an address layout of its own": raw("personality", 0x0400000),
    "being dumpable again": raw("prctl", 4, 1, 0, 0, 0),
    "code in memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "another user": lambda: os.setuid(0),
    "other rights of a file": lambda: Path("/tmp").chmod(0o1777),
    "a file that is not listed": lambda: Path("/etc/hostname").read_bytes(),
    "its own environment": lambda: Path("/proc/self/environ").read_bytes(),
    "its parent's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "its own memory": lambda: os.open("/proc/self/mem", os.O_RDWR),
    "a folder": lambda: list(Path("/").iterdir()),
    "a new file": lambda: os.open("/tmp/narrowgate-test-new", os.O_CREAT | os.O_WRONLY, 0o600),
    "an existing file": lambda: os.open("/dev/null", os.O_WRONLY),
    "a Unix socket": lambda: socket.socket(socket.AF_UNIX),
    "a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 255),
    "MPTCP": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "vsock": lambda: socket.socket(socket.AF_VSOCK),
}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_nobody_may(role: Role) -> None:
    def all_of_them() -> str:
        allowed = []
        for what, act in FORBIDDEN_TO_ALL.items():
            try:
                act()
            except OSError as error:
                if error.errno in {errno.EPERM, errno.EACCES}:
                    continue
                what = f"{what} (errno {error.errno})"  # noqa: PLW2901 - told to whoever reads the failure
            allowed.append(what)
        return f"allowed: {allowed}"

    assert sealed(role, all_of_them) == "allowed: []"


@pytest.mark.parametrize("role", NOT_DIALLING, ids=lambda role: role.value)
def test_who_does_not_dial_has_no_sockets_of_its_own(role: Role) -> None:
    with socket.socket() as before, socket.socket() as other:
        assert sealed(role, socket.socket) == EPERM
        assert sealed(role, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) == EPERM
        assert sealed(role, lambda: socket.socket(socket.AF_INET6)) == EPERM
        assert sealed(role, lambda: before.connect(("127.0.0.1", 1))) == EPERM
        assert sealed(role, lambda: other.bind(("127.0.0.1", 0))) == EPERM


@pytest.mark.parametrize("role", DIALLING, ids=lambda role: role.value)
def test_who_dials_reaches_listed_ports_only(role: Role) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listed, socket.create_server(("127.0.0.1", 0)) as other:
        openings = Openings(connect_ports=frozenset({listed.getsockname()[1]}))

        def to(server: socket.socket) -> str:
            with socket.create_connection(server.getsockname()) as sock:
                return str(sock.getpeername() == server.getsockname())

        def around() -> None:
            sock = socket.socket()
            sock.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)

        assert sealed(role, partial(to, listed), openings) == "True"
        assert sealed(role, partial(to, other), openings) in REFUSED
        assert sealed(role, lambda: socket.socket().bind(("127.0.0.1", 0)), openings) in REFUSED
        assert sealed(role, around, openings) in REFUSED


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
@pytest.mark.parametrize("is_shut", [False, True])
@pytest.mark.parametrize("way", ["sendto", "sendmsg", "option"])
def test_a_listener_is_no_way_out(role: Role, way: str, *, is_shut: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as thief:
        thief.settimeout(0)

        def escape() -> int:
            if is_shut:
                with contextlib.suppress(PermissionError):
                    listener.shutdown(socket.SHUT_RDWR)
            if way == "sendto":
                return listener.sendto(b"secret", MSG_FASTOPEN, thief.getsockname())
            if way == "sendmsg":
                return listener.sendmsg([b"secret"], [], MSG_FASTOPEN, thief.getsockname())
            listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
            return listener.sendmsg([b"secret"], [], 0, thief.getsockname())

        assert sealed(role, escape) in REFUSED
        with pytest.raises(BlockingIOError):
            thief.accept()


def test_a_listener_that_was_shut_before_is_no_way_out_either() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as thief:
        listener.shutdown(socket.SHUT_RDWR)
        where = thief.getsockname()
        assert sealed(Role.EDGE, lambda: listener.sendto(b"secret", MSG_FASTOPEN, where)) == EPERM
        assert sealed(Role.EDGE, lambda: listener.sendmsg([b"secret"], [], MSG_FASTOPEN, where)) == EPERM


def test_datagrams_go_only_where_a_socket_is_connected() -> None:
    assert sealed(Role.EGRESS, lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))) == EPERM


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_what_a_process_was_given_still_works(role: Role) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def talk() -> str:
            theirs.send(b"a")
            theirs.sendmsg([b"b"])
            os.write(theirs.fileno(), b"c")
            poller = select.poll()
            poller.register(theirs, select.POLLIN)
            poller.poll(0)
            return f"{len(os.urandom(8))}"

        assert sealed(role, talk) == "8"
        assert ours.recv(10) == b"abc"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_threads_are_for_those_that_look_up_names(role: Role) -> None:
    def start() -> str:
        done = threading.Event()
        threading.Thread(target=done.set).start()
        return str(done.wait(5))

    said = sealed(role, start)
    assert said == "True" if role in DIALLING else said.startswith("RuntimeError")


@pytest.mark.parametrize("role", [Role.CONTROL, Role.RECORDER], ids=lambda role: role.value)
def test_a_data_folder_can_be_written_and_nothing_beside_it(role: Role, tmp_path: Path) -> None:
    data, beside = tmp_path / "data", tmp_path / "beside"
    data.mkdir()
    beside.write_text("x")
    openings = Openings(write=(str(data),))

    def work() -> str:
        file = data / "a"
        file.write_text("hello")
        with file.open("r+") as opened:
            opened.truncate(2)
        said = file.read_text()
        file.unlink()
        return said

    assert sealed(role, work, openings) == "he"
    assert sealed(role, beside.read_text, openings) == EACCES
    assert sealed(role, lambda: (data / "link").symlink_to(beside), openings) == EPERM


def test_a_listed_file_can_be_read_by_who_dials_but_not_written(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("x")
    openings = Openings(read=(str(file), str(tmp_path / "missing")))
    assert sealed(Role.EGRESS, file.read_text, openings) == "x"
    assert sealed(Role.EGRESS, lambda: file.write_text("y"), openings) == EPERM
    assert sealed(Role.EDGE, file.read_text, openings) == EPERM


def test_names_can_be_looked_up() -> None:
    from narrowgate.sandbox.resolving import resolver_files  # noqa: PLC0415 - only here

    def look() -> str:
        return str(socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4])

    assert sealed(Role.EGRESS, look, Openings(read=resolver_files())) == "('127.0.0.1', 80)"


def test_a_report_says_what_is_in_force() -> None:
    def seal() -> object:
        return seal_process(Role.EDGE, Openings()).document()

    said = in_child(seal)
    assert f"'landlock': {kernel.landlock_version()}" in said
    assert "'missing': []" in said


def test_what_is_missing_is_reported_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Offers("linux", "", 0, has_seccomp=False, has_no_new_privs=True)
    monkeypatch.setattr(kernel, "look", lambda: nothing)

    def seal(*, is_required: bool) -> Report:
        return seal_process(Role.EDGE, Openings(), is_required=is_required)

    assert "landlock=0, has_seccomp=False" in in_child(partial(seal, is_required=False))
    assert in_child(partial(seal, is_required=True)).startswith("NotSealed: landlock: this kernel has none")
    with pytest.raises(NotSealed):
        seal(is_required=True)


def test_a_thread_that_runs_already_is_reported() -> None:
    def seal() -> object:
        held = threading.Event()
        threading.Thread(target=held.wait, daemon=True).start()
        report = seal_process(Role.EDGE, Openings())
        held.set()
        return report.missing

    assert "threads were running" in in_child(seal)


def test_a_step_that_the_kernel_refuses_is_noted() -> None:
    def step() -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    missing: list[str] = []
    assert not module._try("landlock", step, missing)
    assert missing == ["landlock: the kernel refused it (operation not permitted)"]
