"""The reference pages say what the code says."""

from tools.build_reference import FOLDER, cli_page, config_page, providers_page


def test_the_page_about_the_configuration_is_up_to_date() -> None:
    page = (FOLDER / "config.md").read_text(encoding="utf-8")
    assert page == config_page(), "run tools/build_reference.py"
    assert "| `port` | whole number, at least 0, at most 65_535 | `4000` |" in page


def test_the_page_about_the_command_line_is_up_to_date() -> None:
    page = (FOLDER / "cli.md").read_text(encoding="utf-8")
    assert page == cli_page(), "run tools/build_reference.py"
    assert "## narrowgate doctor" in page


def test_the_page_about_providers_is_up_to_date() -> None:
    page = (FOLDER / "providers.md").read_text(encoding="utf-8")
    assert page == providers_page(), "run tools/build_reference.py"
