"""One provider entry made concrete: its address, paths and how its key is sent."""

import difflib
import re
from collections.abc import Iterator, Mapping

import msgspec

from narrowgate.config.address import (
    Address,
    Flaw,
    forward_flaw,
    has_password,
    header_flaw,
    path_flaw,
    proxy_flaw,
    query_flaw,
    read_address,
)
from narrowgate.config.cloud_schema import Watsonx
from narrowgate.config.clouds import Section, base_of, placed, section_complaints, section_of, watsonx_of
from narrowgate.config.complaint import Complaint, item_path, key_path, quoted
from narrowgate.config.forms import form_complaints, forms_of, joined, pinned_paths
from narrowgate.config.provider_keys import key_complaints, keys_of
from narrowgate.config.reference import is_reference
from narrowgate.config.schema import Provider, Timeouts
from narrowgate.config.snapshot import Origin, ProviderView
from narrowgate.model.operation import Operation
from narrowgate.providers.compatible.quirks import IMITATOR
from narrowgate.providers.family import Quirks
from narrowgate.providers.profile import DEFAULT_PATHS, Cloud, Profile

DEMO = "demo"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LIKENESS = 0.6


class OriginSpec(msgspec.Struct, frozen=True):
    """Where one provider is; like `snapshot.Origin`, with references in place of secrets.

    `key_reference` is empty when no key is sent, `key_path` is where in the file it stands. `proxy` and the values of
    `headers` may be references as well.
    """

    name: str
    provider: str
    key_path: str
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
    identity: Section | None = None
    allow_private: bool = False

    def origin(self, headers: tuple[tuple[str, str], ...], proxy: str) -> Origin:
        """Return the origin with what its references stand for, but for an identity."""
        return Origin(
            name=self.name,
            scheme=self.scheme,
            host=self.host,
            port=self.port,
            path_prefix=self.path_prefix,
            headers=headers,
            ca_file=self.ca_file,
            proxy=proxy,
            max_connections=self.max_connections,
            connect_timeout_s=self.connect_timeout_s,
            allow_private=self.allow_private,
        )


class Planned(msgspec.Struct, frozen=True):
    """A provider entry made concrete: an origin for every key. `catalog_names` is what the catalogue calls it."""

    view: ProviderView
    origins: tuple[OriginSpec, ...]
    catalog_names: tuple[str, ...]

    def at(self, index: int) -> ProviderView:
        """Return the view when the origins are numbered from `index`."""
        keys = tuple(msgspec.structs.replace(key, origin=index + at) for at, key in enumerate(self.view.keys))
        return msgspec.structs.replace(self.view, index=index, keys=keys)


class Surroundings(msgspec.Struct, frozen=True):
    """What an entry is read against. `other_names` maps other spellings to names of profiles."""

    environment: Mapping[str, str]
    profiles: Mapping[str, Profile]
    other_names: Mapping[str, str]
    timeouts: Timeouts

    def profile(self, kind: str) -> Profile | None:
        """Return the built-in profile that `kind` names."""
        return self.profiles.get(self.other_names.get(kind, kind))

    def first_set(self, variables: tuple[str, ...]) -> str:
        """Return the first of `variables` that is set and not empty, or nothing."""
        return next((variable for variable in variables if self.environment.get(variable)), "")


def plan_provider(name: str, entry: Provider, around: Surroundings) -> Planned | list[Complaint]:
    """Return the entry made concrete, its index still 0, or all that is wrong with it."""
    path = key_path("providers", name)
    complaints = [*_name_complaints(name, path), *_entry_complaints(entry, path)]
    profile = around.profile(entry.kind or name)
    if profile is None and entry.base_url and not entry.kind:
        profile = around.profile("openai")
    if profile is None:
        return [*complaints, _unknown_kind(entry.kind or name, f"{path}.kind" if entry.kind else path, around)]
    own_key = entry.api_key or entry.api_keys or around.first_set(profile.key_env)
    complaints += _section_complaints(entry, profile, path)
    is_asked_for = entry.aws or entry.google or entry.entra or (entry.watsonx and entry.watsonx.iam_api_key)
    section = section_of(entry, profile, around.environment) if is_asked_for or not own_key else None
    if section is not None:
        complaints += section_complaints(section, path)
    address, flaws = _address(entry, profile, around, path, section)
    is_own = _is_own(name, entry, profile, address, around)
    complaints += key_complaints(entry, path)
    reference = entry.api_key or (entry.api_keys[0].key if entry.api_keys else "")
    if not reference and section is None and not is_own and (variable := around.first_set(profile.key_env)):
        reference = f"env://{variable}"
    if not reference and section is None and not is_own and profile.needs_key:
        flaws.append(_no_key(profile, path))
    if entry.watsonx is not None:
        complaints += _watsonx_complaints(entry.watsonx, profile, f"{path}.watsonx", around)
    query, where = _query(entry, profile, around, path)
    complaints += _flawed(where, query_flaw(query))
    complaints += flaws
    complaints += form_complaints(entry, profile, path, is_own=is_own)
    if address is None or complaints:
        return complaints
    timeouts = entry.timeouts or around.timeouts
    operations = frozenset(DEFAULT_PATHS) if is_own else profile.operations
    paths = _targets(entry, profile, address, operations, query)
    view = ProviderView(
        index=0,
        name=name,
        profile=profile.name,
        paths=pinned_paths(entry, paths),
        model_in_path=profile.model_in_path,
        stream_usage=profile.stream_usage,
        reasoning_count=profile.reasoning_count,
        base_path=address.path,
        forms=forms_of(entry, profile, address.path, paths),
        quirks=IMITATOR if is_own else _scoped(profile.quirks, entry, around),
        forward_headers=tuple(dict.fromkeys(header.lower() for header in entry.forward_headers)),
        models=entry.models,
        timeouts=timeouts,
        keys=keys_of(entry),
        keeps_responses=profile.keeps_responses,
    )
    headers = {header.lower(): value for header, value in (*profile.headers.items(), *entry.headers.items())}
    origin = OriginSpec(
        name=name,
        provider=name,
        key_path=f"{path}.api_key",
        scheme=address.scheme,
        host=address.host,
        port=address.port,
        path_prefix=f"{address.path}/",
        headers=tuple(headers.items()),
        key_reference=reference,
        key_header=profile.auth_header,
        key_prefix=profile.auth_prefix,
        ca_file=entry.ca_file,
        proxy=entry.proxy,
        max_connections=entry.max_connections,
        connect_timeout_s=timeouts.connect_s,
        identity=section,
        allow_private=entry.allow_private,
    )
    # A server of the user's own has the user's own prices, whatever its models are called.
    usual_names = (profile.name,) if profile.needs_key else ()
    return Planned(view, _origins(entry, origin), () if is_own else profile.catalog_prefixes or usual_names)


def _origins(entry: Provider, origin: OriginSpec) -> tuple[OriginSpec, ...]:
    """Return `origin` once for every key of the entry. Their names tell which one and never what it is."""
    path = key_path("providers", origin.provider)
    return tuple(
        msgspec.structs.replace(
            origin,
            name=f"{origin.provider}#{key.name}",
            key_path=f"{item_path(f'{path}.api_keys', at)}.key",
            key_reference=key.key,
        )
        for at, key in enumerate(entry.api_keys)
    ) or (origin,)


def _name_complaints(name: str, path: str) -> Iterator[Complaint]:
    if _NAME.fullmatch(name) is None:
        yield Complaint(path, f"{quoted(name)} cannot be a provider's name", "use letters, digits, '.', '_' and '-'")
    elif name == DEMO:
        yield Complaint(path, "is the name of the built-in demo provider", "choose another; `demo: true` turns that on")


def _entry_complaints(entry: Provider, path: str) -> Iterator[Complaint]:
    """Complain about what is wrong with an entry whatever it is built on."""
    for header, value in entry.headers.items():
        yield from _flawed(key_path(f"{path}.headers", header), header_flaw(header, value))
    for index, header in enumerate(entry.forward_headers):
        where = item_path(f"{path}.forward_headers", index)
        yield from _flawed(where, forward_flaw(header))
        if header.lower() in map(str.lower, entry.headers):
            yield Complaint(where, f"{quoted(header)} is set in headers as well", "remove it from one of them")
    for operation, text in entry.paths.items():
        flaw = path_flaw(text, may_name_model=True) if text else Flaw("is empty", "begin it with '/'")
        yield from _flawed(f"{path}.paths.{operation.value}", flaw)
    for index, model in enumerate(entry.models):
        if not model or model != model.strip():
            where = item_path(f"{path}.models", index)
            yield Complaint(where, "is not a model's name", "remove it, or the spaces around it")
    if entry.proxy and not is_reference(entry.proxy):
        if has_password(entry.proxy):
            yield Complaint(f"{path}.proxy", "holds a password", "write env://NAME or file:///path with the URL in it")
        else:
            yield from _flawed(f"{path}.proxy", proxy_flaw(entry.proxy))


def _flawed(path: str, flaw: Flaw | None) -> Iterator[Complaint]:
    if flaw is not None:
        yield Complaint(path, flaw.problem, flaw.fix)


def _unknown_kind(kind: str, path: str, around: Surroundings) -> Complaint:
    near = difflib.get_close_matches(kind.lower(), (*around.profiles, *around.other_names), n=1, cutoff=_LIKENESS)
    own = "write base_url for a provider of your own that speaks OpenAI's dialect"
    return Complaint(
        path, f"there is no built-in provider {quoted(kind)}", f"did you mean '{near[0]}'? else {own}" if near else own
    )


def _section_complaints(entry: Provider, profile: Profile, path: str) -> Iterator[Complaint]:
    """Complain about a section of another cloud than the provider is of, or with a key beside it."""
    for word, section in (("aws", entry.aws), ("google", entry.google), ("entra", entry.entra)):
        if section is not None and (profile.cloud is None or profile.cloud.value != word):
            yield Complaint(f"{path}.{word}", f"is not what {profile.title} takes", "remove it, or set kind")
        elif section is not None and entry.api_key:
            yield Complaint(f"{path}.{word}", "has an API key beside it", "remove one of them")
    if entry.watsonx is not None and entry.watsonx.iam_api_key and entry.api_key:
        yield Complaint(f"{path}.watsonx.iam_api_key", "has a token in api_key beside it", "remove one of them")


def _address(
    entry: Provider, profile: Profile, around: Surroundings, path: str, section: Section | None
) -> tuple[Address | None, list[Complaint]]:
    """Return where the entry's calls go: as it says, else the environment, else the profile."""
    variable = around.first_set(profile.base_url_env)
    where = f"{path}.base_url"
    text = entry.base_url
    if not text and variable:
        where, text = f"environment.{variable}", around.environment[variable]
    text = text or base_of(section)
    found = read_address(text or profile.base_url) if text or profile.base_url else None
    if found is None:
        also = f", or {profile.base_url_env[0]} in the environment" if profile.base_url_env else ""
        problem = f"is missing: {profile.title} has no address that is the same for all"
        return None, [Complaint(where, problem, f"set it{also}")]
    if isinstance(found, Flaw):
        return None, [Complaint(where, found.problem, found.fix)]
    return placed(found, section), []


def _scoped(quirks: Quirks, entry: Provider, around: Surroundings) -> Quirks:
    """Return the quirks with the project or space that watsonx wants named with each call."""
    if quirks.variant is None:
        return quirks
    scope = watsonx_of(entry.watsonx or Watsonx(), around.environment)
    added = tuple(pair for pair in (("project_id", scope.project_id), ("space_id", scope.space_id)) if pair[1])
    return msgspec.structs.replace(quirks, variant=msgspec.structs.replace(quirks.variant, added=added))


def _is_own(name: str, entry: Provider, profile: Profile, address: Address | None, around: Surroundings) -> bool:
    """Whether this is a server of the user's own that only speaks as OpenAI does.

    It needs no key, and above all it is not sent the one in OPENAI_API_KEY.
    """
    if profile.name != "openai" or not entry.base_url or around.profile(name) is profile:
        return False
    usual = read_address(profile.base_url)
    return address is None or not isinstance(usual, Address) or usual.host != address.host


def _watsonx_complaints(given: Watsonx, profile: Profile, path: str, around: Surroundings) -> Iterator[Complaint]:
    scope = watsonx_of(given, around.environment)
    if profile.cloud is not Cloud.WATSONX:
        yield Complaint(path, f"is not what {profile.title} takes", "remove it, or set kind: watsonx")
    elif bool(scope.project_id) == bool(scope.space_id):
        yield Complaint(path, "must name one of project_id and space_id", "write one of them")


def _no_key(profile: Profile, path: str) -> Complaint:
    first = profile.key_env[0] if profile.key_env else ""
    fix = f"set {first} in the environment, or write api_key: env://NAME" if first else "write api_key: env://NAME"
    fix += f", or the section {profile.cloud.value}" if profile.cloud is not None else ""
    return Complaint(f"{path}.api_key", f"is missing: {profile.title} wants a key", fix)


def _query(entry: Provider, profile: Profile, around: Surroundings, path: str) -> tuple[str, str]:
    """Return what is behind every path (as the entry says, else the environment, else the profile), and where from."""
    variable = around.first_set(profile.query_env)
    if entry.query or not variable:
        return entry.query or profile.query, f"{path}.query"
    name, _, _ = profile.query.partition("=")
    return f"{name}={around.environment[variable]}", f"environment.{variable}"


def _targets(
    entry: Provider, profile: Profile, address: Address, operations: frozenset[Operation], query: str
) -> dict[Operation, str]:
    """Return the complete request target of every operation, in the order of the enum."""
    targets: dict[Operation, str] = {}
    for operation in Operation:
        if operation in operations or operation in entry.paths:
            own = entry.paths.get(operation)
            target = address.path + own if own else joined(address.path, profile.path_of(operation), "")
            # A path with a query of its own keeps it alone (Azure's /openai/v1 paths have another version).
            targets[operation] = f"{target}?{query}" if query and "?" not in target else target
    return targets
