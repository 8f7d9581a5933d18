"""What the kernel offers is asked and told."""

import errno
import os
import platform
import sys

import pytest

from narrowgate.sandbox.kernel import Offers, call, landlock_version, look, prctl

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


def offers(landlock: int = 7, machine: str = "x86_64", *, has_seccomp: bool = True) -> Offers:
    return Offers("linux", machine, landlock, has_seccomp=has_seccomp, has_no_new_privs=True)


def test_nothing_is_missing_where_all_is_there() -> None:
    assert offers().missing() == ()


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (offers(landlock=0), "landlock: this kernel has none"),
        (offers(landlock=3), "landlock: version 3 cannot limit TCP ports"),
        (offers(machine=""), "seccomp: no filter is written for"),
        (offers(has_seccomp=False), "seccomp: filters are not available"),
        (Offers("linux", "x86_64", 7, has_seccomp=True, has_no_new_privs=False), "no_new_privs: this kernel has none"),
        (Offers("darwin", "", 0, has_seccomp=False, has_no_new_privs=False), "darwin has neither"),
    ],
)
def test_what_is_missing_is_said_with_what_would_help(found: Offers, says: str) -> None:
    (sentence,) = found.missing()
    assert sentence.startswith(says)
    assert "; " in sentence


@LINUX
def test_this_kernel_is_asked() -> None:
    found = look()
    assert (found.system, found.machine) == ("linux", platform.machine())
    assert found.landlock == landlock_version()


def test_another_system_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert look() == Offers("darwin", "", 0, has_seccomp=False, has_no_new_privs=False)


@LINUX
def test_calls_answer_or_raise_what_the_kernel_said() -> None:
    assert call("getpid") == os.getpid()
    with pytest.raises(OSError, match="Bad file") as caught:
        call("close", -1)
    assert caught.value.errno == errno.EBADF
    with pytest.raises(OSError, match="Invalid"):
        prctl(-1)
