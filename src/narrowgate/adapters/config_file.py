"""Find, read and plan the configuration: the way every command takes to it."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import msgspec

from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.plan import Plan, make_plan
from narrowgate.config.schema import Config
from narrowgate.providers.catalog.catalog import Catalog
from narrowgate.providers.registry import ALIASES, PROFILES

DEFAULT_FILE = "narrowgate.yaml"


class Loaded(msgspec.Struct, frozen=True):
    """A configuration that can be used. `path` is None when there is no file."""

    config: Config
    plan: Plan
    path: Path | None


def config_path(argument: str | None, environment: Mapping[str, str]) -> Path | None:
    """Return the file to read: the argument, NARROWGATE_CONFIG, ./narrowgate.yaml if it is there."""
    chosen = argument or environment.get("NARROWGATE_CONFIG")
    if chosen:
        return Path(chosen)
    usual = Path(DEFAULT_FILE)
    return usual if usual.is_file() else None


def load(path: Path | None, environment: Mapping[str, str], change: Config | None = None) -> Loaded:
    """Read and plan; `change` replaces the file's Config when it was already read and altered.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    config = change or read(path)
    return Loaded(config, make_plan(config, environment, PROFILES, ALIASES, catalog()), path)


def read(path: Path | None) -> Config:
    """Read a file; no file is an empty one.

    Raises:
        ConfigRefused: it cannot be read, or says something wrong.
    """
    if path is None:
        return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigRefused([Complaint(str(path), "there is no such file", "check --config")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigRefused([Complaint(str(path), f"cannot be read: {error}")]) from None
    from narrowgate.config.load import parse  # noqa: PLC0415 - YAML is loaded only when there is a file

    return parse(text)


def catalog() -> Catalog:
    """Return the built-in catalogue of models and prices."""
    return Catalog.decode(files("narrowgate.providers.catalog").joinpath("prices.json").read_bytes())
