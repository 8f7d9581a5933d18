"""The supervisor's work: read the configuration, open the data, keep the processes running.

It is confined before it loads this (`supervisor/child.py`), for the configuration is read by code of others.
"""

import hashlib
import json
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from narrowgate.adapters.config_file import Loaded, fetch_secrets, load
from narrowgate.adapters.counters.shared import make_table
from narrowgate.adapters.secrets.secret import Secret
from narrowgate.adapters.store.location import data_directory
from narrowgate.adapters.store.store import StoreUnavailable
from narrowgate.adapters.telemetry.log import Log
from narrowgate.cli.welcome import welcome
from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.snapshot import Origin
from narrowgate.exposure.outside import dialled_of
from narrowgate.exposure.told import Here, exposure_of
from narrowgate.identity.keys import digest_of, hint_of, new_key_text
from narrowgate.identity.requests import new_key
from narrowgate.sandbox.apply import NotSealed
from narrowgate.sandbox.kernel import look
from narrowgate.supervisor.gateway import AlreadyRunning, Place, RunningPlan, usual_edges
from narrowgate.supervisor.hands import Hands, LaunchersHands
from narrowgate.supervisor.sockets import CannotListen
from narrowgate.supervisor.supervise import Supervisor

_WATCH_S = 1.0
_RESOLVER = (Path("/etc/resolv.conf"), Path("/etc/hosts"))


def main(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> int:
    """Supervise until told to stop, by the settings of the launcher's."""
    del is_seal_required  # the configuration says it; `_look_at_confinement` holds it up
    told = json.loads(settings)
    hands = LaunchersHands(channel_fd, told["events"])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    config = Path(told["config"]) if told["config"] is not None else None
    return serve(Around(told["environment"], config, Path(told["data"]), hands))


class Around(NamedTuple):
    """What a supervisor works with. Secrets in `environment` may be stand-ins."""

    environment: Mapping[str, str]
    config: Path | None
    data: Path
    hands: Hands


def serve(around: Around) -> int:
    """Supervise; say what keeps it from starting."""
    try:
        return _serve(around)
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


def _serve(around: Around) -> int:
    environment, hands = around.environment, around.hands
    first = load(around.config, environment, read_file=hands.read)
    secret = fetch_secrets(first, environment, hands.read)
    log = Log("supervisor", first.config.log.format, lambda: time.time_ns() // 1_000_000)
    _look_at_confinement(log, is_required=first.config.sandbox.require)
    _must_be_the_same(around, first.config.data)
    edges = first.config.edges or usual_edges()
    table = make_table(hands.memory("counters"))
    place = Place(around.data, table, lambda: int(time.time()), log, hands)
    listen = first.config.listen
    place.listeners = hands.listen(listen.host, listen.port, listen.unix_socket, edges)
    token = _admin_token(secret.admin_token, place, environment)
    key = _first_key(place, environment)
    place.id_secret = _id_secret(place)
    place.catch_up()

    def exposed(loaded: Loaded, table: Sequence[Origin]) -> Callable[[], bytes]:
        here = Here(around.data, edges, environment, hands.read, dialled_of(loaded.config, table))
        return lambda: msgspec.json.encode(exposure_of(loaded, here))

    def reload() -> RunningPlan | None:
        try:
            again = load(around.config, environment, read_file=hands.read)
            table = fetch_secrets(again, environment, hands.read).origins
        except ConfigRefused as refused:
            for complaint in refused.complaints:
                log.error("the configuration has a problem", problem=str(complaint))
            return None
        if _address(again) != _address(first):
            log.warning("listen.host, port and unix_socket stay as they are until a restart")
        return RunningPlan(again.config, again.plan, table, place, edges, exposed(again, table))

    plan = RunningPlan(first.config, first.plan, secret.origins, place, edges, exposed(first, secret.origins))
    file, resolver = _FileWatch(first.path), _Replacement(_RESOLVER)

    def has_changed() -> bool:
        return file.has_changed() or resolver.has_happened()

    supervisor = Supervisor(plan, reload, has_changed, log, time.monotonic, hands)
    host, port = place.listeners[0][0].getsockname()[:2]
    url = f"{'https' if first.config.listen.tls else 'http'}://{_shown_host(host)}:{port}"
    return supervisor.run(lambda: print(welcome(url, token, key, first), flush=True))


def _look_at_confinement(log: Log, *, is_required: bool) -> None:
    """Say how processes are confined here.

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


def _must_be_the_same(around: Around, configured: str) -> None:
    """Hold up that the launcher found the data directory that the configuration names.

    Raises:
        ConfigRefused: it could not.
    """
    if around.environment.get("NARROWGATE_DATA") or not configured:
        return
    if data_directory(configured, around.environment).resolve() != around.data:
        fix = "write it on a line of its own, as data: /a/folder"
        raise ConfigRefused([Complaint("data", "is written in a way that is not understood before the start", fix)])


def _address(loaded: Loaded) -> tuple[str, int, str]:
    listen = loaded.config.listen
    return listen.host, listen.port, listen.unix_socket


def _admin_token(configured: Secret | None, place: Place, environment: Mapping[str, str]) -> str | None:
    """Decide on the admin token; return it if it is a new one, to be shown once."""
    token = configured.reveal() if configured is not None else environment.get("NARROWGATE_ADMIN_TOKEN", "")
    if token:
        place.admin_digest = place.hands.digest(token)
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
