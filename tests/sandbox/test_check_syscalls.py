"""What a trace shows is compared with the lists."""

from narrowgate.sandbox.profile import Role
from tools.check_syscalls import Seen, complaints, read, whole

TRACE = """\
7 read(3, "x", 1) = 1
7 seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, {len=11, filter=0x1}) = 0
7 sendto(3, "x", 1, 0, NULL, 0) = 1
8 getpid() = 8
7 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD <unfinished ...>
8 getpid() = 8
7 <... clone resumed>) = 9
9 openat(AT_FDCWD, "/etc/shadow", O_RDONLY <unfinished ...>
7 close(3) = 0
9 <... openat resumed>) = -1 EACCES (Permission denied)
9 +++ exited with 0 +++
7 execve("/bin/true", [], 0x1) = 0
7 getuid() = 0
""".splitlines()


def test_what_was_cut_in_two_is_joined() -> None:
    joined = [line for line in whole(TRACE) if "openat" in line]
    assert joined == ['9 openat(AT_FDCWD, "/etc/shadow", O_RDONLY ) = -1 EACCES (Permission denied)']


def test_only_what_comes_after_the_filter_counts_with_threads() -> None:
    seen = read(TRACE, {11: Role.EGRESS})
    assert seen.used[Role.EGRESS] == {"sendto", "clone", "close", "openat"}
    assert list(seen.refused) == [(Role.EGRESS, "openat")]


def test_refusals_and_what_nobody_needs_are_complaints() -> None:
    seen = Seen()
    seen.used[Role.EGRESS].add("connect")
    seen.refused[Role.EGRESS, "openat"] = "9 openat(...)"
    found = list(complaints(seen))
    assert "edge: no such process was seen" in found
    assert "egress: 'openat' was refused: 9 openat(...)" in found
    assert any(line.startswith("egress: 'recvmsg' is allowed and no test needs it") for line in found)
