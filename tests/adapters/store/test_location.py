from pathlib import Path

from narrowgate.adapters.store.location import data_directory, prepare


def test_the_argument_wins_then_the_variable_then_the_users_directory() -> None:
    environment = {"NARROWGATE_DATA": "/b", "XDG_STATE_HOME": "/c", "HOME": "/d"}
    assert data_directory("/a", environment) == Path("/a")
    assert data_directory(None, environment) == Path("/b")
    assert data_directory(None, {"XDG_STATE_HOME": "/c", "HOME": "/d"}) == Path("/c/narrowgate")
    assert data_directory(None, {"HOME": "/d"}) == Path("/d/.local/state/narrowgate")


def test_nobody_else_may_look_inside(tmp_path: Path) -> None:
    prepare(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o077 == 0
    assert (tmp_path / "a" / "b" / "journal").is_dir()
