"""A lock is read with its hashes, and with who asks for what."""

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supply.lock import is_lock, passed_over, read_lock

ONE, TWO = "a" * 64, "B" * 64
LOCK = f"""# made by a tool
--index-url https://example.org/simple
cffi==2.1.1 \\
    --hash=sha256:{ONE} \\
    --hash=sha256:{TWO}
    # via cryptography
foo[bar,baz]==1.0 ; python_version < "4" --hash=sha256:{ONE}
    # via
    #   -r requirements.in
    #   one
    #   two
unpinned>=3
pinned==1  # via left
-r other.txt
"""


def test_entries_have_versions_hashes_and_their_line() -> None:
    cffi, foo, unpinned, pinned = read_lock(LOCK)
    assert (cffi.requirement.name, cffi.version, cffi.hashes, cffi.line) == ("cffi", "2.1.1", (ONE, TWO.lower()), 3)
    assert (foo.requirement.name, foo.requirement.extras, foo.version, foo.hashes) == (
        "foo",
        ("bar", "baz"),
        "1.0",
        (ONE,),
    )
    assert (unpinned.version, unpinned.hashes) == ("", ())
    assert pinned.version == "1"


def test_who_asks_is_read_from_the_comments() -> None:
    assert [entry.via for entry in read_lock(LOCK)] == [("cryptography",), ("one", "two"), (), ("left",)]


def test_what_is_not_followed_is_known() -> None:
    assert passed_over(LOCK) == ["-r other.txt"]
    assert passed_over("foo @ https://host/x.whl\n-e .\n") == ["foo @ https://host/x.whl", "-e ."]


def test_a_file_that_pins_nothing_is_no_lock() -> None:
    assert is_lock(LOCK)
    assert not is_lock("foo>=1\n")


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    read_lock(text)
    passed_over(text)
