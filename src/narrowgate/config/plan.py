"""From a Config, the environment and the built-in profiles to what the processes run on."""

import hashlib
import ipaddress
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.providers import OriginSpec, Planned, plan_provider
from narrowgate.config.schema import Config, ModelPrice, Provider
from narrowgate.config.snapshot import EdgeSettings, ProviderView
from narrowgate.identity.requests import usd_e9
from narrowgate.model.operation import Operation
from narrowgate.policy.budget.price import Price
from narrowgate.providers.profile import Profile, ReasoningCount, StreamUsage

_MOST_ALIAS_STEPS = 8
_DEMO_MODELS = ("chat", "echo", "tools", "embed")


class Entry(Protocol):
    """One model of the catalogue."""

    @property
    def model(self) -> str:
        """The provider's name for it."""

    @property
    def price(self) -> Price | None:
        """What it costs, None when unknown."""


class Catalogue(Protocol):
    """Known models."""

    def models_of(self, provider: str) -> tuple[Entry, ...]:
        """Return the models of a profile."""

    def owners(self) -> Mapping[str, str]:
        """Return which profile a bare model name belongs to."""


class Plan(msgspec.Struct, frozen=True):
    """What a configuration comes to. `origins` still hold references instead of secrets."""

    edge: EdgeSettings
    origins: tuple[OriginSpec, ...]


def make_plan(
    config: Config,
    environment: Mapping[str, str],
    profiles: Mapping[str, Profile],
    names: Mapping[str, str],
    catalogue: Catalogue,
) -> Plan:
    """Return the plan. `names` maps other spellings to profile names.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    complaints = _check_listen(config)
    entries = dict(config.providers) or _from_environment(environment, profiles)
    planned: list[Planned] = []
    for name, entry in entries.items():
        found = plan_provider(name, entry, config, environment, profiles, names)
        if isinstance(found, list):
            complaints += found
        else:
            planned.append(found)
    origins = tuple(one.origin for one in planned)
    views = [
        msgspec.structs.replace(one.view, index=index) for index, one in enumerate(planned)
    ]
    if config.demo or (config.demo is None and not entries):
        views.append(_demo(config))
    known = {view.name for view in views}
    complaints += _check_aliases(config.aliases, known)
    prices = _prices(planned, catalogue)
    own, price_complaints = _own_prices(config.money.prices)
    complaints += price_complaints
    ceiling, ceiling_complaints = _price(config.money.ceiling, "money.ceiling")
    complaints += ceiling_complaints
    if complaints:
        raise ConfigRefused(complaints)
    settings = EdgeSettings(
        listen=config.listen,
        custody=config.custody,
        providers=tuple(views),
        aliases=config.aliases,
        catalog=_bare_names(planned, catalogue),
        prices=prices | own,
        unknown_price=config.money.unknown_price,
        ceiling=ceiling,
        streams=config.streams,
        journal=config.journal,
        log=config.log,
        version="",
    )
    version = hashlib.sha256(msgspec.json.encode(settings)).hexdigest()[:12]
    return Plan(msgspec.structs.replace(settings, version=version), origins)


def _from_environment(environment: Mapping[str, str], profiles: Mapping[str, Profile]) -> dict[str, Provider]:
    """Return an entry for every profile whose key (or, for keyless ones, base URL) is set."""
    entries: dict[str, Provider] = {}
    taken: set[str] = set()
    for name, profile in profiles.items():
        key = next((key for key in profile.key_env if environment.get(key)), None)
        has_url = any(environment.get(url) for url in profile.base_url_env)
        if key is not None and key not in taken and (profile.base_url or has_url):
            taken.add(key)
            entries[name] = Provider(api_key=f"env://{key}")
        elif not profile.needs_key and has_url:
            entries[name] = Provider()
    return entries


def _demo(config: Config) -> ProviderView:
    return ProviderView(
        index=-1,
        name="demo",
        profile="demo",
        paths={operation: f"/{operation.value}" for operation in Operation},
        model_in_path=False,
        stream_usage=StreamUsage.ASK,
        reasoning_count=ReasoningCount.INSIDE,
        forward_headers=(),
        models=_DEMO_MODELS,
        timeouts=config.timeouts,
        is_demo=True,
    )


def _check_listen(config: Config) -> list[Complaint]:
    complaints = []
    listen = config.listen
    for index, text in enumerate(listen.trusted_proxies):
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            complaints.append(
                Complaint(f"listen.trusted_proxies[{index}]", f"'{text}' is no network", "write it as 10.0.0.0/8")
            )
    for index, origin in enumerate(listen.cors.origins):
        parts = urlsplit(origin)
        if origin != "*" and (parts.scheme not in {"http", "https"} or parts.path or not parts.netloc):
            complaints.append(
                Complaint(f"listen.cors.origins[{index}]", f"'{origin}' is no origin", "write it as https://app.example")
            )
    if listen.tls is not None and (not listen.tls.certificate or not listen.tls.private_key):
        complaints.append(Complaint("listen.tls", "both certificate and private_key are needed", "name both files"))
    return complaints


def _check_aliases(aliases: Mapping[str, str], known: set[str]) -> list[Complaint]:
    complaints = []
    for alias, target in aliases.items():
        path = f"aliases.{alias}"
        if "*" in alias[:-1]:
            complaints.append(Complaint(path, "a pattern may have '*' at its end only"))
        if "*" in target and not alias.endswith("*"):
            complaints.append(Complaint(path, f"'{target}' has a '*' but the alias has none"))
        name = target
        for _ in range(_MOST_ALIAS_STEPS):
            if name not in aliases:
                break
            name = aliases[name]
        else:
            complaints.append(Complaint(path, "the aliases go round in a circle"))
            continue
        provider, slash, _ = name.partition("/")
        if not slash or provider not in known:
            shown = ", ".join(sorted(known)) or "none"
            complaints.append(
                Complaint(path, f"'{name}' names no configured provider", f"write provider/model; providers: {shown}")
            )
    return complaints


def _prices(planned: list[Planned], catalogue: Catalogue) -> dict[str, Price]:
    prices: dict[str, Price] = {}
    for one in planned:
        for prefix in one.catalog_names:
            for entry in catalogue.models_of(prefix):
                if entry.price is not None:
                    prices[f"{one.view.name}/{entry.model}"] = entry.price
    return prices


def _bare_names(planned: list[Planned], catalogue: Catalogue) -> dict[str, str]:
    """Return bare model names that lead somewhere: to their owner, else to the one that has them."""
    by_profile = {name: one.view.name for one in planned for name in one.catalog_names}
    bare: dict[str, str] = {}
    sellers: dict[str, set[str]] = {}
    for model, owner in catalogue.owners().items():
        if owner in by_profile:
            bare[model] = f"{by_profile[owner]}/{model}"
    for one in planned:
        for prefix in one.catalog_names:
            for entry in catalogue.models_of(prefix):
                sellers.setdefault(entry.model, set()).add(one.view.name)
    for model, providers in sellers.items():
        if model not in bare and len(providers) == 1:
            bare[model] = f"{next(iter(providers))}/{model}"
    return bare


def _own_prices(prices: Mapping[str, ModelPrice]) -> tuple[dict[str, Price], list[Complaint]]:
    own: dict[str, Price] = {}
    complaints: list[Complaint] = []
    for name, entry in prices.items():
        if "/" not in name:
            complaints.append(Complaint(f"money.prices.{name}", "is not provider/model", "write the provider before it"))
        own[name], found = _price(entry, f"money.prices.{name}")
        complaints += found
    return own, complaints


def _price(entry: ModelPrice, path: str) -> tuple[Price, list[Complaint]]:
    complaints: list[Complaint] = []

    def read(field: str, text: str) -> int | None:
        if not text:
            return None
        try:
            return usd_e9(text)
        except ValueError as error:
            complaints.append(Complaint(f"{path}.{field}", str(error), 'write USD per million tokens, as in "0.15"'))
            return None

    price = Price(
        input=read("input", entry.input) or 0,
        output=read("output", entry.output) or 0,
        cache_read=read("cache_read", entry.cache_read),
        cache_write=read("cache_write", entry.cache_write),
        reasoning=read("reasoning", entry.reasoning),
    )
    return price, complaints
