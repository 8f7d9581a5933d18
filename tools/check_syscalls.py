"""Compare the committed allow-lists of system calls with what the end-to-end tests make the processes do.

    python tools/check_syscalls.py [ARGS FOR PYTEST]    needs strace; takes some minutes

Two kinds of complaint: a call that a sealed process was refused (something it needs is not allowed,
or it does what it should not), and one that is allowed although no test needs it.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from narrowgate.sandbox.profile import PROFILES, Role
from narrowgate.sandbox.seccomp import translate
from narrowgate.sandbox.starting import filter_of
from narrowgate.sandbox.syscalls import number_of

ROOT = Path(__file__).resolve().parent.parent
TESTS = "tests/e2e"

# Allowed although the tests do not make every role use them, with the reason.
UNUSED: Mapping[str, str] = {
    "Python or the C library takes it or its like, by version, processor, and state of a file or clock": (
        "access faccessat faccessat2 fstat getcwd getdents64 lseek lstat open openat poll ppoll pread64 pselect6 "
        "pwritev read readlink readlinkat readv recvfrom recvmmsg select sendmmsg sendmsg stat statx unlinkat "
        "write writev epoll_create1 epoll_pwait epoll_pwait2 epoll_wait socketpair clock_getres clock_gettime "
        "clock_nanosleep gettimeofday nanosleep getegid geteuid getgid getppid gettid getuid getrandom uname fcntl "
        "prctl prlimit64 sched_getaffinity sched_yield sysinfo getsockopt setsockopt"
    ),
    "memory, signals and the end of a thread come when they come": (
        "exit madvise mprotect mremap restart_syscall rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack"
    ),
    "the database checkpoints, grows or is repaired seldom": ("fchmod fchown fdatasync flock fsync ftruncate unlink"),
    "not allowed but answered, so that the C library takes the older call": "clone3",
    "of an edge's listeners few are tested in every custody": "shutdown",
}

# Refused, and rightly so: what a library tries and can do without.
REFUSED: Mapping[Role, str] = {
    # glibc's resolver asks a name cache on a Unix socket, and makes threads with the newer call first.
    Role.EGRESS: "socket clone3",
    Role.MERGED_EDGE: "socket clone3",
}

_LINE = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<rest>.*)")
_FILTER = re.compile(r"SECCOMP_SET_MODE_FILTER,.*\{len=(\d+)")
_NUMBER = re.compile(r"\) += (\d+)$")
_REFUSAL = re.compile(r"\) += -1 (EPERM|EACCES|ENOSYS)\b")


@dataclass
class Seen:
    """What sealed processes did: calls by role, and refused ones as strace shows them."""

    used: dict[Role, set[str]] = field(default_factory=lambda: {role: set() for role in Role})
    refused: dict[tuple[Role, str], str] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    """Run the tests under strace and print the complaints; 1 when there is one."""
    strace = shutil.which("strace")
    if strace is None:
        print("check_syscalls: strace is not installed; on Debian: apt install strace", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        command = [strace, "-f", "-qq", "-s", "200", "-e", "signal=none", "-o", str(trace), sys.executable]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        tests = [*command, "-m", "pytest", "-q", "--timeout", "600", TESTS, *arguments]
        status = subprocess.call(tests, cwd=ROOT, env=environment)  # noqa: S603 - this project's own tests
        if status:
            print(f"check_syscalls: pytest ended with status {status}; slow under strace, or refused something")
        with trace.open(encoding="utf-8", errors="replace") as lines:
            seen = read(lines, roles_by_length())
    found = list(complaints(seen))
    for complaint in found:
        print(complaint)
    print(f"check_syscalls: {len(found)} complaint(s)" if found else "check_syscalls: allowed is what is used")
    return 1 if found else 0


def roles_by_length() -> dict[int, Role]:
    """Return the role of each process's last filter by its length, by which a trace tells them apart."""
    last = {role: profile.filter for role, profile in PROFILES.items()} | {Role.SUPERVISOR: filter_of(Role.SUPERVISOR)}
    found = {len(translate(one, platform.machine())): role for role, one in last.items()}
    first = {len(translate(filter_of(role), platform.machine())) for role in last if role is not Role.SUPERVISOR}
    if len(found) < len(PROFILES) or first & set(found):
        raise ValueError("two filters have the same length; a trace could not tell their roles apart")
    return found


def read(lines: Iterable[str], roles: Mapping[int, Role]) -> Seen:
    """Read a trace: of each process what it did after its filter was in place, and its threads'."""
    seen, role_of = Seen(), dict[str, Role]()
    for line in whole(lines):
        match = _LINE.match(line)
        if match is None:
            continue
        pid, name, rest = match.group("pid", "name", "rest")
        role = role_of.get(pid)
        if role is None:
            sealed = _FILTER.search(rest) if name == "seccomp" else None
            if sealed is not None and int(sealed[1]) in roles:
                role_of[pid] = roles[int(sealed[1])]
            continue
        if name == "execve":  # the number of a process that ended is another's now
            del role_of[pid]
            continue
        seen.used[role].add(name)
        started = _NUMBER.search(rest) if name == "clone" else None
        if started is not None:
            role_of[started[1]] = role
        if _REFUSAL.search(rest):
            seen.refused.setdefault((role, name), line.strip())
    return seen


def whole(lines: Iterable[str]) -> Iterator[str]:
    """Join what strace cuts in two when another process gets its turn in the middle of a call."""
    begun: dict[str, str] = {}
    for line in lines:
        pid, _, rest = line.partition(" ")
        if line.rstrip().endswith("<unfinished ...>"):
            begun[pid] = line.rstrip().removesuffix("<unfinished ...>")
        elif rest.lstrip().startswith("<... ") and pid in begun:
            yield begun.pop(pid) + rest.partition("resumed>")[2]
        else:
            yield line


def complaints(seen: Seen) -> Iterator[str]:
    """Yield one line for each thing that is wrong."""
    excused = {name for names in UNUSED.values() for name in names.split()}
    for role, profile in PROFILES.items():
        if not seen.used[role]:
            yield f"{role.value}: no such process was seen"
            continue
        here = {name for name in profile.filter.calls if number_of(name, platform.machine()) is not None}
        for name in sorted(here - seen.used[role] - excused):
            yield f"{role.value}: '{name}' is allowed and no test needs it; take it off, or say why in UNUSED"
    for (role, name), line in sorted(seen.refused.items(), key=lambda item: (item[0][0].value, item[0][1])):
        if name not in REFUSED.get(role, "").split():
            yield f"{role.value}: '{name}' was refused: {line[:200]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
