"""What of a configuration matters to where it runs: ports, secrets, files, whom it dials."""

import ipaddress
import math
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

import msgspec

from narrowgate.config.clouds import references_in, token_urls, word_of
from narrowgate.config.complaint import Complaint, key_path, quoted
from narrowgate.config.plan import Plan
from narrowgate.config.providers import OriginSpec
from narrowgate.config.reference import is_reference
from narrowgate.config.schema import Config

_LOCAL = frozenset({"localhost", "localhost."})
# What is to be waited for beyond the drain: the grace of the supervisor, then the kernel's.
_AFTER_DRAIN_S = 15
# Without these the gateway makes a token and a key, and prints them once: into a log that others keep.
_ADMIN_TOKEN, _FIRST_KEY = "NARROWGATE_ADMIN_TOKEN", "NARROWGATE_KEY"


class End(msgspec.Struct, frozen=True, order=True):
    """One end of a connection that the gateway opens: an origin, or the proxy before it. `of` names the providers."""

    host: str
    port: int
    of: tuple[str, ...] = ()
    may_be_private: bool = False

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The address, when the host is one and not a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    @property
    def is_local(self) -> bool:
        """Whether it is on the machine, or in the pod, of the gateway itself."""
        return self.host.lower() in _LOCAL or (self.address is not None and self.address.is_loopback)


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a form of deployment is made from. Holds references and names, no secret.

    `config_text` is None when there is no file and the environment names the providers. `variables` are those
    that hold secrets; `settings` those that do not, with their values. `files` are all files that the
    configuration names, absolute, `secret_files` those of them that are secret. `plain_headers` are the paths of
    header values that stand in the configuration as they are.
    """

    version: str
    config_path: str
    config_text: str | None
    host: str
    port: int
    unix_socket: str
    is_tls: bool
    takes_plain_probes: bool
    drain_s: float
    edges: int
    variables: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    secret_files: tuple[str, ...]
    plain_headers: tuple[str, ...]
    ends: tuple[End, ...]

    @property
    def stop_s(self) -> int:
        """How long a stop may take, in whole seconds."""
        return math.ceil(self.drain_s) + _AFTER_DRAIN_S

    @property
    def asks_names(self) -> bool:
        """Whether name servers are asked."""
        return any(end.address is None and not end.is_local for end in self.ends)


def references_of(config: Config, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield (path, reference) of every secret that a configuration refers to."""
    if config.admin_token:
        yield "admin_token", config.admin_token
    for origin in plan.origins:
        path = key_path("providers", origin.name)
        named = {"api_key": origin.key_reference, "proxy": origin.proxy}
        named |= {key_path("headers", name): value for name, value in origin.headers}
        if origin.identity is not None:
            word = word_of(origin.identity)
            named |= {f"{word}.{name}": text for name, text in references_in(origin.identity).items()}
        yield from ((f"{path}.{name}", value) for name, value in named.items() if is_reference(value))


def ends_of(origins: Iterable[OriginSpec], proxies: Mapping[str, tuple[str, int]]) -> tuple[End, ...]:
    """Return whom the gateway connects to, each once, in order. `proxies` are host and port by the provider's name."""
    found: dict[tuple[str, int], End] = {}
    for origin in origins:
        host, port = proxies.get(origin.name, (origin.host, origin.port))
        # The user names a proxy as it stands, wherever it leads; see `adapters/upstream/dial.py`.
        may_be_private = origin.allow_private or origin.name in proxies
        known = found.get((host, port), End(host, port))
        found[host, port] = End(
            host, port, tuple(sorted({*known.of, origin.name})), may_be_private or known.may_be_private
        )
        for url in token_urls(origin.identity) if origin.identity is not None else ():
            parts = urlsplit(url)
            end = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
            if origin.name not in proxies or End(*end).address is not None:
                known = found.get(end, End(*end, may_be_private=origin.allow_private))
                found[end] = msgspec.structs.replace(known, of=tuple(sorted({*known.of, origin.name})))
    return tuple(sorted(found.values()))


def site_of(config: Config, plan: Plan, ends: tuple[End, ...], around: "Around") -> Site:
    """Return what there is to know of a configuration. What `complaints_of` complains about is left out."""
    listen = config.listen
    references = [text.partition("://") for _, text in references_of(config, plan)]
    variables = {name for scheme, _, name in references if scheme == "env"}
    secret_files = {name for scheme, _, name in references if scheme == "file"}
    files = {path for _, path in _named_files(config)}
    if listen.tls is not None:
        secret_files.add(listen.tls.private_key)
    return Site(
        version=around.version,
        config_path=around.config_path,
        config_text=around.config_text,
        host=listen.host,
        port=listen.port,
        unix_socket=listen.unix_socket,
        is_tls=listen.tls is not None,
        takes_plain_probes=not listen.proxy_protocol and not (listen.tls and listen.tls.client_ca),
        drain_s=config.drain_s,
        edges=config.edges,
        variables=tuple(sorted(variables | {_FIRST_KEY} | ({_ADMIN_TOKEN} if not config.admin_token else set()))),
        settings=around.settings,
        files=tuple(sorted(files | secret_files)),
        secret_files=tuple(sorted(secret_files)),
        plain_headers=tuple(
            key_path(f"{key_path('providers', name)}.headers", header)
            for name, entry in config.providers.items()
            for header, value in entry.headers.items()
            if not is_reference(value)
        ),
        ends=ends,
    )


class Around(msgspec.Struct, frozen=True):
    """What comes from outside the configuration itself; as in `Site`."""

    version: str
    config_path: str
    config_text: str | None
    settings: tuple[tuple[str, str], ...] = ()


def complaints_of(config: Config, plan: Plan) -> Iterator[Complaint]:
    """Complain about what cannot be meant where the gateway is started by others, from a folder of theirs."""
    named = [(path, text.partition("://")[2]) for path, text in references_of(config, plan) if text.startswith("file:")]
    for path, file in (*named, *_named_files(config)):
        if not file.startswith("/") or "/../" in f"{file}/" or file.endswith("/"):
            yield Complaint(path, f"{quoted(file)} depends on the folder of whoever starts", "write the whole path")
    socket = config.listen.unix_socket
    if socket and not socket.startswith("/"):
        yield Complaint("listen.unix_socket", f"{quoted(socket)} depends on the folder", "write the whole path")
    if not config.listen.port:
        yield Complaint("listen.port", "is whatever is free", "choose one")


def _named_files(config: Config) -> Iterator[tuple[str, str]]:
    tls = config.listen.tls
    if tls is not None:
        for name in tls.__struct_fields__:
            if getattr(tls, name):
                yield f"listen.tls.{name}", str(getattr(tls, name))
    for name, entry in config.providers.items():
        if entry.ca_file:
            yield f"{key_path('providers', name)}.ca_file", entry.ca_file
