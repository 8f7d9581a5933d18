import os
from pathlib import Path

import msgspec
import yaml

from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.starting import Wanted, fill, libraries_of, library_places, memory_file


def test_others_code_is_found_where_it_lies() -> None:
    assert str(Path(msgspec.__file__).parents[1]) in library_places(Role.EDGE)
    assert str(Path(yaml.__file__).parents[1]) in library_places(Role.SUPERVISOR)


def test_who_holds_keys_is_given_no_code_of_others() -> None:
    assert library_places(Role.EGRESS) == ()
    assert not libraries_of(Role.EGRESS)
    assert set(libraries_of(Role.SUPERVISOR)) - set(libraries_of(Role.CONTROL)) == {"yaml"}


def test_what_a_child_must_know_first_is_one_word() -> None:
    wanted = Wanted("edge", Role.EDGE, Openings(("/a",), (), frozenset({443, 80})), 3, 4, [(256, 512)])
    assert wanted.room() == '["edge", ["/a"], [], [80, 443], [[256, 512]]]'


def test_memory_holds_what_it_is_filled_with() -> None:
    fd = memory_file(b"a")
    fill(fd, b"b" * 100_000)
    assert os.pread(fd, 10, 0) == b"abbbbbbbbb"
    assert str(Path(f"/proc/self/fd/{fd}").readlink()).startswith("/memfd:narrowgate-settings")
    os.close(fd)
