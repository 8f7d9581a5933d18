"""Run the gateway: supervisor, edges, egress, control and recorder.

Without a configuration file, provider keys in the environment (OPENAI_API_KEY, …) decide which
providers are served; without any, a built-in demo provider answers.
"""

import argparse
import contextlib
import hashlib
import os
import resource
import secrets
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from narrowgate.adapters.config_file import Loaded, fetch_secrets, load_plan
from narrowgate.adapters.counters.shared import make_table
from narrowgate.adapters.secrets.secret import Secret
from narrowgate.adapters.store.location import data_directory, prepare
from narrowgate.adapters.store.store import StoreUnavailable
from narrowgate.adapters.telemetry.log import Log
from narrowgate.cli.welcome import welcome
from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.schema import Custody
from narrowgate.identity.keys import digest_of, hint_of, new_key_text
from narrowgate.identity.requests import new_key
from narrowgate.sandbox.apply import NotSealed
from narrowgate.sandbox.kernel import look
from narrowgate.sandbox.limits import hide_memory, lower_limits
from narrowgate.supervisor.gateway import AlreadyRunning, Place, RunningPlan, usual_edges
from narrowgate.supervisor.sockets import CannotListen, listeners
from narrowgate.supervisor.supervise import Supervisor

_WATCH_S = 1.0
_RESOLVER = (Path("/etc/resolv.conf"), Path("/etc/hosts"))


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
    try:
        return _serve(with_options(arguments, os.environ))
    except ConfigRefused as refused:
        complain(refused.complaints)
    except (CannotListen, AlreadyRunning, StoreUnavailable) as error:
        print(f"narrowgate: {error}", file=sys.stderr)
    except NotSealed as error:
        print(f"narrowgate: sandbox.require: cannot be had here: {error}", file=sys.stderr)
    except OSError as error:
        print(f"narrowgate: {error.filename or 'start'}: {(error.strerror or str(error)).lower()}", file=sys.stderr)
    return 1


def complain(complaints: list[Complaint]) -> None:
    """Print what is wrong with a configuration."""
    print(f"narrowgate: the configuration has {len(complaints)} problem(s):", file=sys.stderr)
    for complaint in complaints:
        print(f"  {complaint}", file=sys.stderr)


def with_options(arguments: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the command's options in it: an option is the stronger variable."""
    merged = dict(environment)
    for word in ("config", "host", "port", "edges", "data", "custody"):
        value = getattr(arguments, word)
        if value is not None:
            merged[f"NARROWGATE_{word.upper()}"] = str(value)
    return merged


def _serve(environment: Mapping[str, str]) -> int:
    first = load_plan(None, environment)
    secret = fetch_secrets(first, environment)
    log = Log("supervisor", first.config.log.format, lambda: time.time_ns() // 1_000_000)
    _look_at_confinement(log, is_required=first.config.sandbox.require)
    _raise_file_limit()
    data = data_directory(first.config.data or None, environment)
    prepare(data)
    edges = first.config.edges or usual_edges()
    place = Place(data.resolve(), make_table(), lambda: int(time.time()), log)
    place.listeners = listeners(first.config.listen, edges)
    token = _admin_token(secret.admin_token, place, environment)
    key = _first_key(place, environment)
    place.id_secret = _id_secret(place)
    place.catch_up()

    def reload() -> RunningPlan | None:
        try:
            again = load_plan(None, environment)
            table = fetch_secrets(again, environment).origins
        except ConfigRefused as refused:
            for complaint in refused.complaints:
                log.error("the configuration has a problem", problem=str(complaint))
            return None
        if _address(again) != _address(first):
            log.warning("listen.host, port and unix_socket stay as they are until a restart")
        return RunningPlan(again.config, again.plan, table, place, edges)

    plan = RunningPlan(first.config, first.plan, secret.origins, place, edges)
    file, resolver = _FileWatch(first.path), _Replacement(_RESOLVER)

    def has_changed() -> bool:
        return file.has_changed() or resolver.has_happened()

    supervisor = Supervisor(plan, reload, has_changed, log, time.monotonic)
    host, port = place.listeners[0][0].getsockname()[:2]
    url = f"{'https' if first.config.listen.tls else 'http'}://{_shown_host(host)}:{port}"
    return supervisor.run(lambda: print(welcome(url, token, key, first), flush=True))


def _look_at_confinement(log: Log, *, is_required: bool) -> None:
    """Say how processes will be confined here, and hide this one's memory, which has held keys.

    Raises:
        NotSealed: not as it must be.
    """
    offers = look()
    missing = offers.missing()
    if missing and is_required:
        raise NotSealed("; ".join(missing))
    if missing:
        log.warning("processes are not confined as they should be", missing="; ".join(missing))
    else:
        log.info("processes are confined", landlock=offers.landlock, seccomp=offers.machine)
    lower_limits()
    with contextlib.suppress(OSError):
        hide_memory()


def _address(loaded: Loaded) -> tuple[str, int, str]:
    listen = loaded.config.listen
    return listen.host, listen.port, listen.unix_socket


def _admin_token(configured: Secret | None, place: Place, environment: Mapping[str, str]) -> str | None:
    """Decide on the admin token; return it if it is a new one, to be shown once."""
    token = configured.reveal() if configured is not None else environment.get("NARROWGATE_ADMIN_TOKEN", "")
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


def _id_secret(place: Place) -> bytes:
    """Return what proves names of stored responses: made once, for they must be good after a restart."""
    known = place.store.meta("id_secret")
    if known is None:
        known = secrets.token_hex(32)
        place.store.set_meta("id_secret", known)
    return bytes.fromhex(known)


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


class _Replacement:
    """Notices that a file of the resolver's is another one now, which sealed processes cannot open.

    A change within the file is noticed by the C library itself.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._seen = self._stamps()
        self._next_s = 0.0

    def has_happened(self) -> bool:
        now = time.monotonic()
        if now < self._next_s:
            return False
        self._next_s = now + _WATCH_S
        before, self._seen = self._seen, self._stamps()
        return before != self._seen

    def _stamps(self) -> list[tuple[int, int]]:
        found = []
        for path in self._paths:
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((status.st_dev, status.st_ino))
        return found


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


def _shown_host(host: str) -> str:
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - only shown
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _raise_file_limit() -> None:
    """Allow as many descriptors as this user may have: each stream takes two."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1_048_576 if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
