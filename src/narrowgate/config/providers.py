"""One provider entry made concrete: its address, paths and how its key is sent."""

import difflib
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from narrowgate.config.complaint import Complaint
from narrowgate.config.schema import Config, Provider
from narrowgate.config.snapshot import ProviderView
from narrowgate.model.operation import Operation
from narrowgate.providers.profile import Profile

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PATH = re.compile(r"/[\x21-\x7e]*")
# Headers that frame the message or belong to the gateway.
_RESERVED = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect"})


class OriginSpec(msgspec.Struct, frozen=True):
    """Where one provider is; like `snapshot.Origin`, with the key's reference instead of the key."""

    name: str
    scheme: str
    host: str
    port: int
    path_prefix: str
    headers: tuple[tuple[str, str], ...]
    key_reference: str
    key_header: str
    key_prefix: str
    ca_file: str
    proxy: str
    max_connections: int
    connect_timeout_s: float


class Planned(msgspec.Struct, frozen=True):
    """A provider entry made concrete. `catalog_names` is what the catalogue calls it."""

    view: ProviderView
    origin: OriginSpec
    catalog_names: tuple[str, ...]


def plan_provider(  # noqa: PLR0913, PLR0917 - one call, each input from another source
    name: str,
    entry: Provider,
    config: Config,
    environment: Mapping[str, str],
    profiles: Mapping[str, Profile],
    names: Mapping[str, str],
) -> Planned | list[Complaint]:
    """Return the entry made concrete, or all that is wrong with it."""
    path = f"providers.{name}"
    complaints: list[Complaint] = []
    if _NAME.fullmatch(name) is None:
        complaints.append(Complaint(path, "is no provider name", "use letters, digits, '.', '_' and '-'"))
    profile = _profile(name, entry, profiles, names)
    if profile is None:
        near = difflib.get_close_matches(entry.kind or name, list(profiles), n=1)
        fix = f"did you mean '{near[0]}'?" if near else "set base_url for a provider of your own"
        return [*complaints, Complaint(f"{path}.kind", f"there is no built-in provider '{entry.kind or name}'", fix)]
    is_own = (entry.kind or name) not in profiles and (entry.kind or name) not in names
    base_url = entry.base_url or next((environment[v] for v in profile.base_url_env if environment.get(v)), "")
    base_url = (base_url or profile.base_url).rstrip("/")
    where = f"{path}.base_url"
    if not base_url:
        fix = f"set it, or {profile.base_url_env[0]} in the environment" if profile.base_url_env else "set it"
        return [*complaints, Complaint(where, "missing: this provider has no address of its own", fix)]
    parts = urlsplit(base_url)
    complaints += _check_url(where, base_url)
    complaints += _check_entry(path, entry)
    # A key from the environment goes only where it belongs: to the provider it is named after, not
    # to an address of the user's own under another name.
    is_elsewhere = is_own or (bool(entry.base_url) and names.get(name, name) != profile.name)
    found = next((f"env://{variable}" for variable in profile.key_env if environment.get(variable)), "")
    reference = entry.api_key or ("" if is_elsewhere else found)
    if entry.api_key and "://" not in entry.api_key:
        complaints.append(
            Complaint(f"{path}.api_key", "is no reference", "write env://NAME or file:///path, never the key itself")
        )
    if not reference and profile.needs_key and not entry.base_url:
        fix = f"set {profile.key_env[0]} in the environment, or api_key to a reference" if profile.key_env else "set it"
        complaints.append(Complaint(f"{path}.api_key", "missing", fix))
    if complaints:
        return complaints
    port = parts.port or (443 if parts.scheme == "https" else 80)
    timeouts = entry.timeouts or config.timeouts
    view = ProviderView(
        index=0,
        name=name,
        profile=profile.name,
        paths=_paths(entry, profile, parts.path),
        model_in_path=profile.model_in_path,
        stream_usage=profile.stream_usage,
        reasoning_count=profile.reasoning_count,
        forward_headers=entry.forward_headers,
        models=entry.models,
        timeouts=timeouts,
    )
    origin = OriginSpec(
        name=name,
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=port,
        path_prefix=parts.path,
        headers=tuple({**profile.headers, **entry.headers}.items()),
        key_reference=reference,
        key_header=profile.auth_header,
        key_prefix=profile.auth_prefix,
        ca_file=entry.ca_file,
        proxy=entry.proxy,
        max_connections=entry.max_connections,
        connect_timeout_s=timeouts.connect_s,
    )
    catalog_names = () if is_own else (profile.catalog_prefixes or (profile.name,))
    return Planned(view, origin, catalog_names)


def _profile(name: str, entry: Provider, profiles: Mapping[str, Profile], names: Mapping[str, str]) -> Profile | None:
    """Return the profile an entry builds on; one with a base_url and no kind speaks like OpenAI."""
    kind = entry.kind or name
    profile = profiles.get(names.get(kind, kind))
    if profile is None and entry.base_url and not entry.kind:
        return profiles["openai"]
    return profile


def _paths(entry: Provider, profile: Profile, prefix: str) -> dict[Operation, str]:
    query = (entry.query or profile.query).lstrip("?")
    operations = profile.operations | frozenset(entry.paths)
    paths = {}
    for operation in operations:
        path = prefix + (entry.paths.get(operation) or profile.path_of(operation))
        paths[operation] = f"{path}{'&' if '?' in path else '?'}{query}" if query else path
    return paths


def _check_url(path: str, url: str) -> list[Complaint]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [Complaint(path, "is no URL", "write it as https://host/path")]
    del port
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return [Complaint(path, f"'{url[:60]}' is no http or https URL", "write it as https://host/path")]
    if parts.username or parts.password:
        return [Complaint(path, "holds a user name or password", "use api_key or headers")]
    if parts.query or parts.fragment:
        return [Complaint(path, "has a query or fragment", "use query for parameters")]
    if parts.path and _PATH.fullmatch(parts.path) is None:
        return [Complaint(path, "has characters that no path may have", "percent-encode them")]
    return []


def _check_entry(path: str, entry: Provider) -> list[Complaint]:
    complaints = []
    for name, value in entry.headers.items():
        where = f"{path}.headers.{name}"
        if _HEADER_NAME.fullmatch(name) is None or name.lower() in _RESERVED:
            complaints.append(Complaint(where, "is no header that can be set here"))
        elif any(ord(letter) < 32 or ord(letter) > 126 for letter in value):  # noqa: PLR2004 - printable ASCII
            complaints.append(Complaint(where, "has characters that no header may have"))
    for index, name in enumerate(entry.forward_headers):
        if _HEADER_NAME.fullmatch(name) is None or name.lower() in _RESERVED | {"authorization", "cookie"}:
            complaints.append(Complaint(f"{path}.forward_headers[{index}]", f"'{name}' cannot be forwarded"))
    for operation, text in entry.paths.items():
        if _PATH.fullmatch(text) is None:
            complaints.append(Complaint(f"{path}.paths.{operation.value}", "is no path", "begin it with '/'"))
    if entry.query and re.fullmatch(r"[\x21-\x7e]+", entry.query) is None:
        complaints.append(Complaint(f"{path}.query", "has characters that no query may have"))
    if entry.proxy:
        proxy = urlsplit(entry.proxy)
        if proxy.scheme not in {"http", "https"} or not proxy.hostname:
            complaints.append(Complaint(f"{path}.proxy", "is no http or https URL", "write it as http://host:3128"))
    return complaints
