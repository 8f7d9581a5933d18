"""Find, read and plan the configuration, and fetch its secrets: the way every command takes to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import msgspec

from narrowgate.adapters.secrets.identities import IdentityUnavailable, identity_from
from narrowgate.adapters.secrets.references import SecretUnavailable, read_start, resolve
from narrowgate.adapters.secrets.secret import Secret
from narrowgate.config.address import header_flaw, proxy_flaw
from narrowgate.config.cloud_schema import Aws
from narrowgate.config.complaint import Complaint, ConfigRefused, in_order, key_path
from narrowgate.config.overrides import with_environment
from narrowgate.config.plan import Plan, make_plan
from narrowgate.config.providers import OriginSpec
from narrowgate.config.reference import is_reference
from narrowgate.config.schema import Config
from narrowgate.config.snapshot import Origin
from narrowgate.providers.catalog.catalog import Catalog
from narrowgate.providers.registry import ALIASES, PROFILES
from narrowgate.signing.identities import document_of

DEFAULT_FILE = "narrowgate.yaml"
# How files are read: by this process, or for it by one that may.
Read = Callable[[Path], bytes]


class Loaded(msgspec.Struct, frozen=True):
    """A configuration that can be used. `path` is None when there is no file.

    `lines` says on which line of the file each place stands.
    """

    config: Config
    plan: Plan
    path: Path | None
    lines: Mapping[str, int] = {}


class Secrets(msgspec.Struct, frozen=True):
    """Everything secret that a configuration refers to. Origins in the order of the plan's."""

    origins: tuple[Origin, ...]
    admin_token: Secret | None

    def __repr__(self) -> str:
        return "<secrets>"


def config_path(argument: str | None, environment: Mapping[str, str]) -> Path | None:
    """Return the file to read: the argument, NARROWGATE_CONFIG, ./narrowgate.yaml if it is there."""
    chosen = argument or environment.get("NARROWGATE_CONFIG")
    if chosen:
        return Path(chosen)
    usual = Path(DEFAULT_FILE)
    return usual if usual.is_file() else None


def load_plan(argument: str | None, environment: Mapping[str, str], read_file: Read = Path.read_bytes) -> Loaded:
    """Find, read and plan the configuration; NARROWGATE_HOST and its like have the last word.

    No secret is looked at, only whether its variable is set; see `fetch_secrets`.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    return load(config_path(argument, environment), environment, read_file=read_file)


def load(
    path: Path | None,
    environment: Mapping[str, str],
    change: Config | None = None,
    *,
    read_file: Read = Path.read_bytes,
) -> Loaded:
    """Read and plan; `change` replaces the file's Config when it was already read and altered.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    config, lines = _parsed(path, read_file)
    config = with_environment(config, environment) if change is None else change
    complaints = [*_file_complaints(config, read_file)]
    try:
        plan = make_plan(config, environment, PROFILES, ALIASES, catalog())
    except ConfigRefused as refused:
        raise ConfigRefused(in_order([*refused.complaints, *complaints], lines)) from None
    if complaints:
        raise ConfigRefused(in_order(complaints, lines))
    return Loaded(config, plan, path, lines)


def read(path: Path | None) -> Config:
    """Read a file; no file is an empty one.

    Raises:
        ConfigRefused: it cannot be read, or says something wrong.
    """
    return _parsed(path, Path.read_bytes)[0]


def fetch_secrets(loaded: Loaded, environment: Mapping[str, str], read_file: Read = read_start) -> Secrets:
    """Return every secret that the configuration refers to.

    Raises:
        ConfigRefused: with every reference that leads nowhere. No value is told.
    """
    fetch = _Fetch(environment, read_file)
    origins = tuple(fetch.origin(spec) for spec in loaded.plan.origins)
    reference = loaded.config.admin_token
    admin_token = fetch.secret(reference, "admin_token") if reference else None
    if fetch.complaints:
        raise ConfigRefused(in_order(fetch.complaints, loaded.lines))
    return Secrets(origins, admin_token)


def catalog() -> Catalog:
    """Return the built-in catalogue of models and prices."""
    return Catalog.decode(files("narrowgate.providers.catalog").joinpath("prices.json").read_bytes())


class _Fetch:
    """Resolves references, and keeps count of those that lead nowhere."""

    def __init__(self, environment: Mapping[str, str], read_file: Read) -> None:
        self.complaints: list[Complaint] = []
        self._read_file = read_file
        self._environment = environment

    def secret(self, reference: str, path: str) -> Secret:
        """Return what `reference` leads to; nothing, and a complaint, when it leads nowhere."""
        try:
            return resolve(reference, self._environment, self._read_file)
        except SecretUnavailable as error:
            self.complaints.append(Complaint(path, error.problem, error.fix))
            return Secret("")

    def origin(self, spec: OriginSpec) -> Origin:
        """Return an origin with its key among its headers."""
        path = key_path("providers", spec.provider)
        headers = [(name, self._value(value, key_path(f"{path}.headers", name))) for name, value in spec.headers]
        if spec.key_reference:
            key = self.secret(spec.key_reference, spec.key_path)
            headers = [(name, value) for name, value in headers if name != spec.key_header.lower()]
            headers.append((spec.key_header.lower(), spec.key_prefix + key.reveal()))
        proxy = self._value(spec.proxy, f"{path}.proxy")
        if proxy and (flaw := proxy_flaw(proxy)):
            self.complaints.append(Complaint(f"{path}.proxy", flaw.problem, flaw.fix))
        return msgspec.structs.replace(
            spec.origin(tuple(headers), proxy),
            identity=self._identity(spec, path),
            region=spec.identity.region if isinstance(spec.identity, Aws) else "",
        )

    def _identity(self, spec: OriginSpec, path: str) -> dict[str, object] | None:
        if spec.identity is None:
            return None
        try:
            return document_of(identity_from(spec.identity, self._environment, self._read_file))
        except IdentityUnavailable as error:
            self.complaints.append(Complaint(f"{path}.{error.place}", error.problem, error.fix))
            return None

    def _value(self, text: str, path: str) -> str:
        """Return `text`, or what it leads to when it is a reference."""
        if not is_reference(text):
            return text
        value = self.secret(text, path).reveal()
        if ".headers" in path and (flaw := header_flaw("x", value)):
            self.complaints.append(Complaint(path, flaw.problem, flaw.fix))
        return value


def _parsed(path: Path | None, read_file: Read) -> tuple[Config, Mapping[str, int]]:
    if path is None:
        return Config(), {}
    name = str(path)
    try:
        text = read_file(path).decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigRefused([Complaint(name, "is not UTF-8 text", "save it as UTF-8")]) from None
    except OSError as error:
        problem = f"cannot be read: {(error.strerror or type(error).__name__).lower()}"
        raise ConfigRefused([Complaint(name, problem, "check --config or NARROWGATE_CONFIG")]) from None
    from narrowgate.config.load import parse  # noqa: PLC0415 - YAML takes longer to load than all the rest: only for a file

    parsed = parse(text)
    return parsed.config, parsed.lines


def _file_complaints(config: Config, read_file: Read) -> Iterator[Complaint]:
    """Complain about files that the configuration names and that cannot be read."""
    tls = config.listen.tls
    named: Iterable[tuple[str, str]] = (
        () if tls is None else ((f"listen.tls.{field}", getattr(tls, field)) for field in tls.__struct_fields__)
    )
    entries = config.providers.items()
    authorities = ((f"{key_path('providers', name)}.ca_file", entry.ca_file) for name, entry in entries)
    for path, file in (*named, *authorities):
        if not file:
            continue
        try:
            read_file(Path(file))
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            yield Complaint(path, f"the file cannot be read: {reason}", "name a file that the gateway may read")
