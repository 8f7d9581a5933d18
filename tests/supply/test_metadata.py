"""What a distribution says of itself is read, as far as it can be."""

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supply.metadata import Metadata, Recorded, read_commands, read_metadata, read_record


def test_metadata_gives_name_version_requirements_and_license() -> None:
    text = "Name: a\nVersion: 1.0\nRequires-Dist: b\nRequires-Dist: c\nLicense: MIT\n and more\n\nName: not this\n"
    assert read_metadata(text) == Metadata("a", "1.0", ("b", "c"), "MIT")
    assert read_metadata("License-Expression: MIT OR X\nLicense: Y\n").license == "MIT OR X"


def test_a_record_gives_hashes_in_hexadecimal() -> None:
    text = 'a.py,sha256=AAEC,3\n"b,c.py",sha512=xyz,\nd.py,,\ne.py,sha256=!,\n'
    assert read_record(text) == [
        Recorded("a.py", "000102"),
        Recorded("b,c.py", "", "sha512"),
        Recorded("d.py"),
        Recorded("e.py", ""),
    ]


def test_commands_are_those_that_an_installer_makes() -> None:
    text = "[console_scripts]\nTool = a.b:main\n[gui_scripts]\nw = a:w\n[other]\nx = a:x\n"
    assert read_commands(text) == ("Tool = a.b:main", "w = a:w")
    assert read_commands("junk") == ("(entry points that cannot be read)",)


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    read_metadata(text)
    read_record(text)
    read_commands(text)
