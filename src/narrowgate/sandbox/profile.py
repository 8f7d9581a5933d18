"""Which system calls each kind of process may make once it is ready: the committed allow-lists.

`tools/check_syscalls.py` compares them with what the end-to-end tests make the processes do: a call
that is refused there, or allowed, not used and not excused there by a reason, is a complaint.
"""

import enum
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from narrowgate.sandbox.limits import CAP_DAC_OVERRIDE, CAP_FOWNER
from narrowgate.sandbox.seccomp import ABSENT, ALWAYS, Alternatives, Check, Filter


class Role(enum.Enum):
    """A kind of process. A merged edge does the egress's work as well."""

    EDGE = "edge"
    MERGED_EDGE = "merged-edge"
    EGRESS = "egress"
    CONTROL = "control"
    RECORDER = "recorder"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a role keeps: system calls, and of root's capabilities those in `capabilities`."""

    filter: Filter
    capabilities: tuple[int, ...] = ()


def _only(*checks: Check) -> Alternatives:
    return (checks,)


def _without(argument: int, bits: int) -> Check:
    return Check(argument, (0,), bits)


# linux/mman.h, linux/sched.h, linux/socket.h, linux/fcntl.h, asm-generic/ioctls.h, linux/prctl.h
_PROT_WRITE, _PROT_EXEC, _MAP_ANONYMOUS = 2, 4, 0x20
_MSG_FASTOPEN = 0x2000_0000
_FIONBIO, _FIOCLEX, _FIONREAD, _TCGETS = 0x5421, 0x5451, 0x541B, 0x5401
_GET_AND_SET_FLAGS = (1, 2, 3, 4)
_DUPLICATE = (0, 1030)
_RECORD_LOCKS = (5, 6, 7)
_AT_EMPTY_PATH = 0x1000
_PR_SET_NAME = 15
_WRITING = 0o3 | 0o100 | 0o1000  # O_ACCMODE, O_CREAT, O_TRUNC
_POINTER = (1 << 64) - 1
# What the C libraries' pthread_create asks for, glibc's and musl's: a thread, never a process or a namespace.
_A_THREAD = (0x3D_0F00, 0x7D_0F00)
_TCP_NODELAY = _only(Check(1, (socket.IPPROTO_TCP,)), Check(2, (socket.TCP_NODELAY,)))
# IP_RECVERR and IPV6_RECVERR, for glibc's resolver: a name server that is not there is noticed at once.
_RECVERR: Alternatives = ((Check(1, (0,)), Check(2, (11,))), (Check(1, (41,)), Check(2, (25,))))

_NO_CODE_IN_MEMORY = {
    "mmap": _only(_without(2, _PROT_EXEC)),
    "mprotect": _only(_without(2, _PROT_EXEC)),
}
# As above, but libraries may still be loaded from files: glibc's resolver does for what nsswitch.conf names.
LIBRARIES_FROM_FILES: Mapping[str, Alternatives] = {
    **_NO_CODE_IN_MEMORY,
    "mmap": (
        (_without(2, _PROT_EXEC),),
        (Check(2, (_PROT_EXEC,), _PROT_EXEC | _PROT_WRITE), _without(3, _MAP_ANONYMOUS)),
    ),
}


def _fcntl(*values: int) -> dict[str, Alternatives]:
    return {"fcntl": _only(Check(1, values))}


def always(names: str) -> dict[str, Alternatives]:
    """Return these calls, allowed whatever their arguments."""
    return dict.fromkeys(names.split(), ALWAYS)


_RUNTIME: Mapping[str, Alternatives] = {
    **always("brk munmap mremap madvise"),
    **always("exit exit_group getpid gettid getppid getuid geteuid getgid getegid getrandom uname"),
    **always("futex sched_yield rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall"),
    **always("clock_gettime clock_getres gettimeofday clock_nanosleep nanosleep"),
    **always("read readv write writev close lseek poll ppoll select pselect6"),
    "ioctl": _only(Check(1, (_FIONBIO, _FIOCLEX, _FIONREAD, _TCGETS))),
    # Of an open descriptor; by path only where files may be opened.
    "fstat": ALWAYS,
    "newfstatat": _only(Check(3, (_AT_EMPTY_PATH,), _AT_EMPTY_PATH)),
    "clone3": ABSENT,
}

# Sockets that are there already: the supervisor's channel, links, accepted clients. An address in
# sendto, or MSG_FASTOPEN, would make of a listener a way out: https://lwn.net/Articles/508865/.
_SOCKETS: Mapping[str, Alternatives] = {
    **always("recvfrom recvmsg getsockname getpeername getsockopt"),
    "sendto": _only(_without(3, _MSG_FASTOPEN), Check(4, (0,), _POINTER)),
    "sendmsg": _only(_without(2, _MSG_FASTOPEN)),
    "setsockopt": _TCP_NODELAY,
}
_LOOP: Mapping[str, Alternatives] = {
    **always("epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2"),
    # The event loop's own, to be woken up by.
    "socketpair": _only(Check(0, (socket.AF_UNIX,))),
}
_LISTENING = always("accept4 listen")
# To end a client's connection only the sending side is shut: with the other one, a listener becomes
# an ordinary socket.
_CLIENTS: Mapping[str, Alternatives] = {**_LISTENING, "shutdown": _only(Check(1, (socket.SHUT_WR,)))}

_THREADS: Mapping[str, Alternatives] = {
    **always("set_robust_list rseq sched_getaffinity sysinfo"),
    "clone": _only(Check(0, _A_THREAD)),
    "prctl": _only(Check(0, (_PR_SET_NAME,))),
    "prlimit64": _only(Check(2, (0,), _POINTER)),  # to ask, not to set
}
READING: Mapping[str, Alternatives] = {
    **always("stat lstat statx newfstatat access faccessat faccessat2 readlink readlinkat getcwd getdents64 pread64"),
    "open": _only(_without(1, _WRITING)),
    "openat": _only(_without(2, _WRITING)),
}
# Connections to providers and name servers. No Unix sockets (no docker.sock), no other families, no MPTCP,
# which Landlock's rules for TCP do not cover.
_DIALLING: Mapping[str, Alternatives] = {
    "connect": ALWAYS,
    "sendmmsg": _only(_without(3, _MSG_FASTOPEN)),
    "recvmmsg": ALWAYS,
    "socket": _only(
        Check(0, (socket.AF_INET, socket.AF_INET6)),
        Check(1, (socket.SOCK_STREAM, socket.SOCK_DGRAM), 0xF),
        Check(2, (0, socket.IPPROTO_TCP, socket.IPPROTO_UDP)),
    ),
    "setsockopt": (*_TCP_NODELAY, *_RECVERR),
}
# SQLite and the journals; where, is Landlock's to say.
_DATABASE: Mapping[str, Alternatives] = {
    **READING,
    **always("open openat pwrite64 pwritev ftruncate fsync fdatasync fchmod fchown unlink unlinkat flock"),
}

PROFILES: Mapping[Role, Profile] = {
    Role.EDGE: Profile(
        Filter({
            **_RUNTIME, **_NO_CODE_IN_MEMORY, **_SOCKETS, **_LOOP, **_CLIENTS,
            **_fcntl(*_GET_AND_SET_FLAGS, *_DUPLICATE, *_RECORD_LOCKS),
        })
    ),
    Role.MERGED_EDGE: Profile(
        Filter({
            **_RUNTIME, **LIBRARIES_FROM_FILES, **_SOCKETS, **_LOOP, **_CLIENTS, **_THREADS, **READING, **_DIALLING,
            **_fcntl(*_GET_AND_SET_FLAGS, *_DUPLICATE, *_RECORD_LOCKS),
        })
    ),
    Role.EGRESS: Profile(
        Filter({
            **_RUNTIME, **LIBRARIES_FROM_FILES, **_SOCKETS, **_LOOP, **_THREADS, **READING, **_DIALLING,
            **_fcntl(*_GET_AND_SET_FLAGS, *_DUPLICATE),
        })
    ),
    Role.CONTROL: Profile(
        Filter({
            **_RUNTIME, **_NO_CODE_IN_MEMORY, **_SOCKETS, **_LOOP, **_LISTENING, **_DATABASE,
            **_fcntl(*_GET_AND_SET_FLAGS, *_DUPLICATE, *_RECORD_LOCKS),
        }),
        (CAP_DAC_OVERRIDE, CAP_FOWNER),
    ),
    Role.RECORDER: Profile(
        Filter({
            **_RUNTIME, **_NO_CODE_IN_MEMORY, **_SOCKETS, **_DATABASE,
            **_fcntl(*_GET_AND_SET_FLAGS, *_DUPLICATE, *_RECORD_LOCKS),
        }),
        (CAP_DAC_OVERRIDE, CAP_FOWNER),
    ),
    # It reads configurations with code of others; the launcher listens, opens and starts for it.
    Role.SUPERVISOR: Profile(
        Filter({
            **_RUNTIME, **LIBRARIES_FROM_FILES, **_SOCKETS, **_DATABASE,
            **always("dup epoll_create1 epoll_ctl epoll_wait epoll_pwait sched_getaffinity rename renameat"),
            "socketpair": _LOOP["socketpair"],
            **_fcntl(*_GET_AND_SET_FLAGS, *_DUPLICATE, *_RECORD_LOCKS),
        }),
        (CAP_DAC_OVERRIDE, CAP_FOWNER),
    ),
}  # fmt: skip
