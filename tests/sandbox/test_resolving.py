"""The files to look up names and check certificates are found."""

from pathlib import Path

from narrowgate.sandbox import resolving
from narrowgate.sandbox.resolving import authority_files, resolver_files


def test_libraries_of_the_resolver_lie_beside_the_c_library(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    maps.write_text(
        "7f00-7f01 r--p 00000000 fe:01 1 /usr/lib/x86_64-linux-gnu/libc.so.6\n"
        "7f01-7f02 r-xp 00000000 fe:01 1 /usr/lib/x86_64-linux-gnu/libc.so.6\n"
        "7f02-7f03 r--p 00000000 fe:01 2 /opt/other/libz.so.1\n"
        "7f03-7f04 rw-p 00000000 00:00 0\n"
    )
    assert [path for path in resolver_files(maps) if "lib" in path] == ["/usr/lib/x86_64-linux-gnu"]
    assert "/etc/resolv.conf" in resolver_files(tmp_path / "missing")


def test_a_link_opens_the_folder_where_its_file_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "resolv.conf"
    link.symlink_to("/run/somewhere/stub.conf")
    outside = tmp_path / "hosts"
    outside.symlink_to("/etc/hosts")
    assert list(resolving._replaced_in([str(link), str(outside), "/etc/nothing"])) == ["/run/somewhere"]


def test_own_authorities_and_openssls_are_listed(tmp_path: Path) -> None:
    own = tmp_path / "ca.pem"
    found = authority_files([str(own), ""])
    assert found[0] == str(own)
    assert "" not in found
