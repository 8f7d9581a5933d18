import sys

from narrowgate.sealed.running import child_start, describe, place


class Inside:
    fd = 7
    is_whole = False
    boot = (100, 20)
    digest = "ab"


class Whole(Inside):
    is_whole = True


def test_a_child_starts_as_its_parent_did() -> None:
    assert child_start("a.b", None).words == (sys.executable, "-P", "-s", "-m", "a.b")
    start = child_start("a.b", Inside())
    assert start.fds == (7,)
    assert start.words[1:6] == ("-I", "-S", "-E", "-P", "-B")
    assert "os.pread(7,20,100)" in start.words[7]
    assert child_start("a.b", Whole()).words == ("/proc/self/fd/7", "--sealed-child", "7")


def test_it_says_how_it_was_started() -> None:
    assert place() is None
    assert describe(None) == {"sealed": False}
    assert describe(Inside()) == {"sealed": True, "manifest_sha256": "ab", "has_own_python": False}
