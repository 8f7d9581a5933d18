from narrowgate.sealed.public_keys import fingerprint
from narrowgate.sealed.running import child_start, describe, place


class Inside:
    fd = 7
    is_whole = False
    boot = (100, 20)
    digest = "ab"
    key = bytes(32)
    names: tuple[str, ...] = ()

    def read(self, name: str) -> bytes:
        raise KeyError(name)


class Whole(Inside):
    is_whole = True


def test_a_child_starts_as_its_parent_did() -> None:
    words = child_start("a.b", None, ("/x", "/y")).words
    assert words[1:3] == ("-I", "-S")
    assert words[-3].endswith("/narrowgate")
    assert words[-2:] == ("/x:/y", "a.b")
    start = child_start("a.b", Inside())
    assert start.fds == (7,)
    assert start.words[1:6] == ("-I", "-S", "-E", "-P", "-B")
    assert "os.pread(7,20,100)" in start.words[7]
    assert child_start("a.b", Whole()).words == ("/proc/self/fd/7", "--sealed-child", "7", "a.b")


def test_it_says_how_it_was_started() -> None:
    assert place() is None
    assert describe(None) == {"sealed": False}
    told = {"manifest_sha256": "ab", "signer": fingerprint(bytes(32)), "has_own_python": False}
    assert describe(Inside()) == {"sealed": True, **told}
