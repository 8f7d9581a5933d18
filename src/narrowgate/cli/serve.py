"""Run the gateway: supervisor, edges, egress, control and recorder.

Without a configuration file, provider keys in the environment (OPENAI_API_KEY, …) decide which
providers are served; without any, a built-in demo provider answers.
"""

import argparse
import hashlib
import os
import resource
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from narrowgate.adapters.config_file import Loaded, config_path, load, read
from narrowgate.adapters.counters.shared import make_table
from narrowgate.adapters.secrets.references import SecretUnavailable, resolve
from narrowgate.adapters.store.location import data_directory, prepare
from narrowgate.adapters.store.store import StoreUnavailable
from narrowgate.adapters.telemetry.log import Log
from narrowgate.cli.welcome import welcome
from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.schema import Config, Custody, Listen
from narrowgate.identity.keys import digest_of, hint_of, new_key_text
from narrowgate.identity.requests import new_key
from narrowgate.supervisor.gateway import AlreadyRunning, Place, RunningPlan, origins_document, usual_edges
from narrowgate.supervisor.sockets import CannotListen, listeners
from narrowgate.supervisor.supervise import Supervisor

_WATCH_S = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--config", metavar="FILE", help="configuration (default: ./narrowgate.yaml if there)")
    parser.add_argument("--host", metavar="H", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", metavar="P", type=int, help="port to listen on (default 4000)")
    parser.add_argument("--edges", metavar="N", type=int, help="edge processes (default: processors less one)")
    parser.add_argument("--data", metavar="DIR", help="where keys, journals and usage are kept")
    parser.add_argument("--custody", choices=[c.value for c in Custody], help="split (default): keys apart from edges")
    parser.epilog = "Each option can also be set as NARROWGATE_CONFIG, NARROWGATE_HOST and so on."


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    os.umask(0o077)
    environment = dict(os.environ)
    try:
        return _serve(arguments, environment)
    except ConfigRefused as refused:
        complain(refused.complaints)
    except (CannotListen, AlreadyRunning, StoreUnavailable) as error:
        print(f"narrowgate: {error}", file=sys.stderr)
    except OSError as error:
        print(f"narrowgate: {error.filename or 'start'}: {(error.strerror or str(error)).lower()}", file=sys.stderr)
    return 1


def complain(complaints: list[Complaint]) -> None:
    """Print what is wrong with a configuration."""
    print(f"narrowgate: the configuration has {len(complaints)} problem(s):", file=sys.stderr)
    for complaint in complaints:
        print(f"  {complaint}", file=sys.stderr)


def with_options(config: Config, arguments: argparse.Namespace, environment: Mapping[str, str]) -> Config:
    """Return the configuration with options and environment variables laid over it.

    Raises:
        ConfigRefused: an option is out of bounds.
    """
    host = arguments.host or environment.get("NARROWGATE_HOST") or config.listen.host
    port = _number("port", arguments.port, environment.get("NARROWGATE_PORT"), config.listen.port, 65_535)
    edges = _number("edges", arguments.edges, environment.get("NARROWGATE_EDGES"), config.edges, 16)
    word = arguments.custody or environment.get("NARROWGATE_CUSTODY") or config.custody.value
    if word not in {custody.value for custody in Custody}:
        raise ConfigRefused([Complaint("NARROWGATE_CUSTODY", f"'{word}' is not one of split, merged")])
    listen: Listen = msgspec.structs.replace(config.listen, host=host, port=port)
    return msgspec.structs.replace(config, listen=listen, edges=edges, custody=Custody(word))


def _serve(arguments: argparse.Namespace, environment: dict[str, str]) -> int:
    path = config_path(arguments.config, environment)

    def loaded() -> Loaded:
        return load(path, environment, with_options(read(path), arguments, environment))

    first = loaded()
    log = Log("supervisor", first.config.log.format, lambda: time.time_ns() // 1_000_000)
    _raise_file_limit()
    data = data_directory(arguments.data or first.config.data or None, environment)
    prepare(data)
    edges = first.config.edges or usual_edges()
    origins = origins_document(first.plan.origins, environment)
    place = Place(data.resolve(), make_table(), lambda: int(time.time()), log)
    place.listeners = listeners(first.config.listen, edges)
    token = _admin_token(first.config, place, environment)
    key = _first_key(place, environment)
    place.catch_up()
    watch = _FileWatch(path)

    def reload() -> RunningPlan | None:
        try:
            again = loaded()
            table = origins_document(again.plan.origins, environment)
        except ConfigRefused as refused:
            for complaint in refused.complaints:
                log.error(f"configuration: {complaint}")
            return None
        if again.config.listen.host != first.config.listen.host or again.config.listen.port != first.config.listen.port:
            log.warning("listen.host and listen.port stay as they are until a restart")
        return RunningPlan(again.config, again.plan, table, place, edges)

    supervisor = Supervisor(
        RunningPlan(first.config, first.plan, origins, place, edges), reload, watch.has_changed, log, time.monotonic
    )
    address = place.listeners[0][0].getsockname()
    url = f"{'https' if first.config.listen.tls else 'http'}://{_shown_host(address[0])}:{address[1]}"
    return supervisor.run(lambda: print(welcome(url, token, key, first), flush=True))


def _admin_token(config: Config, place: Place, environment: Mapping[str, str]) -> str | None:
    """Decide on the admin token; return it if it is a new one, to be shown once.

    Raises:
        ConfigRefused: its reference leads nowhere.
    """
    token = environment.get("NARROWGATE_ADMIN_TOKEN", "")
    if config.admin_token:
        try:
            token = resolve(config.admin_token, environment).reveal()
        except SecretUnavailable as error:
            raise ConfigRefused([Complaint("admin_token", str(error))]) from None
    if token:
        place.admin_digest = hashlib.sha256(token.encode()).digest()
        return None
    known = place.store.meta("admin_digest")
    if known is not None:
        place.admin_digest = bytes.fromhex(known)
        return None
    token = f"ng-admin-{secrets.token_urlsafe(32)}"
    place.admin_digest = hashlib.sha256(token.encode()).digest()
    place.store.set_meta("admin_digest", place.admin_digest.hex())
    return token


def _first_key(place: Place, environment: Mapping[str, str]) -> str | None:
    """Make the first virtual key; return its text if it is a new one, to be shown once."""
    given = environment.get("NARROWGATE_KEY", "")
    if given:
        digest = digest_of(given.encode()).hex()
        if not place.store.knows_digest(digest):
            key = new_key(f"key_{secrets.token_hex(8)}", digest, hint_of(given), place.now_s())
            place.store.create_key(msgspec.structs.replace(key, name="first"))
        return None
    if place.all_keys():
        return None
    text = new_key_text(secrets.token_bytes)
    key = new_key(f"key_{secrets.token_hex(8)}", digest_of(text.encode()).hex(), hint_of(text), place.now_s())
    place.store.create_key(msgspec.structs.replace(key, name="first"))
    return text


class _FileWatch:
    """Notices that the configuration file was changed; looks at most once a second."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen = self._stamp()
        self._next_s = 0.0

    def has_changed(self) -> bool:
        now = time.monotonic()
        if self._path is None or now < self._next_s:
            return False
        self._next_s = now + _WATCH_S
        stamp = self._stamp()
        if stamp == self._seen or stamp is None:
            return False
        self._seen = stamp
        return True

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat() if self._path is not None else None
        except OSError:
            return None
        return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)


def _number(name: str, option: int | None, variable: str | None, otherwise: int, most: int) -> int:
    value = otherwise
    if option is not None:
        value = option
    elif variable:
        if not variable.isdigit():
            raise ConfigRefused([Complaint(f"NARROWGATE_{name.upper()}", f"'{variable}' is not a whole number")])
        value = int(variable)
    if not 0 <= value <= most:
        raise ConfigRefused([Complaint(f"--{name}", f"{value} is not between 0 and {most}")])
    return value


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - only shown
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _raise_file_limit() -> None:
    """Allow as many descriptors as this user may have: each stream takes two."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1_048_576 if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
