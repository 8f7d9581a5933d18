"""Where a gateway keeps its data."""

from collections.abc import Mapping
from pathlib import Path

DATABASE = "narrowgate.db"
JOURNAL = "journal"
CONTROL_SOCKET = "control.sock"
LOCK = "narrowgate.lock"


def data_directory(argument: str | None, environment: Mapping[str, str]) -> Path:
    """Return the data directory: the argument, NARROWGATE_DATA, else the user's state directory."""
    chosen = argument or environment.get("NARROWGATE_DATA")
    if chosen:
        return Path(chosen).expanduser()
    state = environment.get("XDG_STATE_HOME")
    base = Path(state) if state else Path(environment.get("HOME", "/")) / ".local" / "state"
    return base / "narrowgate"


def prepare(directory: Path) -> None:
    """Make the directory and its parts, readable by its owner alone.

    Raises:
        OSError: it cannot be made.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / JOURNAL).mkdir(mode=0o700, exist_ok=True)
