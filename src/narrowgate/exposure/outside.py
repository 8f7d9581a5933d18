"""What a configuration opens to the outside: where it listens, whom it calls, where secrets come from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from narrowgate.adapters.secrets.references import SecretUnavailable, read_start, resolve
from narrowgate.adapters.store.location import CONTROL_SOCKET
from narrowgate.adapters.upstream.openings import openings_of, proxy_end
from narrowgate.adapters.upstream.origins import read_origins
from narrowgate.config.fetching import fetch_origin
from narrowgate.config.plan import Plan
from narrowgate.config.providers import OriginSpec
from narrowgate.config.reference import is_reference
from narrowgate.config.schema import Config
from narrowgate.config.snapshot import Origin
from narrowgate.deploy.site import ends_of, references_of
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.resolving import DNS_PORT

_ADMIN_TOKEN, _FIRST_KEY = "NARROWGATE_ADMIN_TOKEN", "NARROWGATE_KEY"
_ANY = "*"
_UNKNOWN = "?"


class Listener(msgspec.Struct, frozen=True):
    """Where somebody can connect. `who` may: a sentence. A Unix socket's address is its path."""

    address: str
    is_tls: bool
    who: str


class Outbound(msgspec.Struct, frozen=True):
    """Whom the process that dials connects to. `of` names the providers; `may_be_private`: within this network."""

    host: str
    port: int
    of: tuple[str, ...]
    may_be_private: bool


class SecretSource(msgspec.Struct, frozen=True):
    """Where a secret comes from: the place in the configuration that wants it, a reference. Never its value."""

    path: str
    source: str


class Outside(msgspec.Struct, frozen=True):
    """Everything of a configuration that shows outside. `sockets` are the paths of Unix sockets."""

    listeners: tuple[Listener, ...]
    outbound: tuple[Outbound, ...]
    secrets: tuple[SecretSource, ...]
    sockets: tuple[str, ...]
    requires_seal: bool
    notes: tuple[str, ...]


def outside_of(config: Config, plan: Plan, data: Path, proxies: Mapping[str, str]) -> Outside:
    """Return it. `proxies` are URLs by the names of origins; `proxies_of` finds them."""
    socket = str(data / CONTROL_SOCKET)
    listeners = [*_listeners(config), Listener(socket, is_tls=False, who="this user's own commands")]
    sockets = tuple(path for path in (config.listen.unix_socket, socket) if path)
    notes = [f"the proxy of '{name}' is not known here" for name, url in proxies.items() if not url]
    if config.fetch.enabled and not config.fetch.hosts:
        notes.append("fetch is on for all public hosts: whoever has a virtual key names them")
    return Outside(
        tuple(listeners),
        tuple(_outbound(config, plan, proxies)),
        tuple(_secrets(config, plan)),
        sockets,
        config.sandbox.require,
        tuple(notes),
    )


def dialled_of(config: Config, origins: Iterable[Origin]) -> Openings:
    """Return what stays open to the process that dials, as that process itself will reckon it."""
    return openings_of(read_origins(msgspec.json.encode([*origins, *fetch_origin(config.fetch)])))


def without_secrets(origins: Iterable[OriginSpec], proxies: Mapping[str, str]) -> tuple[Origin, ...]:
    """Return the table that is dialled, but for what is sent."""
    return tuple(spec.origin((), proxies.get(spec.name, "")) for spec in origins)


def needs_egress(config: Config, plan: Plan) -> bool:
    """Whether there is anybody to dial."""
    return bool(plan.origins) or bool(fetch_origin(config.fetch))


def proxies_of(
    origins: Iterable[OriginSpec], environment: Mapping[str, str], read_file: Callable[[Path], bytes] = read_start
) -> dict[str, str]:
    """Return the URL of the proxy before each origin that has one; nothing where it cannot be found out."""
    found = {}
    for origin in origins:
        if origin.proxy:
            url = origin.proxy
            try:
                found[origin.name] = resolve(url, environment, read_file).reveal() if is_reference(url) else url
            except SecretUnavailable:
                found[origin.name] = ""
    return found


def _listeners(config: Config) -> Iterator[Listener]:
    listen = config.listen
    who = "whoever reaches the address; calls need a virtual key, /admin and /exposure the admin token"
    if listen.tls is not None and listen.tls.client_ca:
        who = f"whoever has a certificate of '{listen.tls.client_ca}'; calls need a virtual key as well"
    host = f"[{listen.host}]" if ":" in listen.host else listen.host
    yield Listener(f"{host}:{listen.port}", listen.tls is not None, who)
    if listen.unix_socket:
        yield Listener(listen.unix_socket, is_tls=False, who="this user and its group; as above")


def _outbound(config: Config, plan: Plan, proxies: Mapping[str, str]) -> Iterator[Outbound]:
    ends = {name: proxy_end(url)[:2] if url else (_UNKNOWN, 0) for name, url in proxies.items()}
    for end in ends_of(plan.origins, ends):
        yield Outbound(end.host, end.port, end.of, end.may_be_private)
    if DNS_PORT in dialled_of(config, without_secrets(plan.origins, proxies)).connect_ports:
        yield Outbound("the name servers in /etc/resolv.conf", DNS_PORT, (), may_be_private=True)
    if config.fetch.enabled:
        yield from _fetched(config)


def _fetched(config: Config) -> Iterator[Outbound]:
    """Yield whom clients may name: listed hosts, on the port that stands there or those of the schemes."""
    fetch = config.fetch
    anywhere = msgspec.structs.replace(config, fetch=msgspec.structs.replace(fetch, hosts=()))
    usual = sorted(dialled_of(anywhere, ()).connect_ports - {DNS_PORT})
    for host in fetch.hosts or (_ANY,):
        name, _, port = host.rpartition(":")
        ends = [(name, int(port))] if port.isdigit() else [(host, one) for one in usual]
        yield from (Outbound(*end, ("fetch",), fetch.allow_private) for end in ends)


def _secrets(config: Config, plan: Plan) -> Iterator[SecretSource]:
    yield from (SecretSource(*one) for one in dict.fromkeys(references_of(config, plan)))
    if not config.admin_token:
        yield SecretSource("admin_token", f"env://{_ADMIN_TOKEN}, else made once, its digest in the database")
    yield SecretSource("first virtual key", f"env://{_FIRST_KEY}, else made once, its hash in the database")
    if config.listen.tls is not None:
        yield SecretSource("listen.tls.private_key", f"file://{config.listen.tls.private_key}")
