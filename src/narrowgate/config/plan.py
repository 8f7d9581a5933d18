"""From a Config, the environment and the built-in profiles to what the processes run on."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from narrowgate.config.clouds import section_of
from narrowgate.config.complaint import Complaint, ConfigRefused, key_path, quoted
from narrowgate.config.fetching import fetch_complaints
from narrowgate.config.listening import listen_complaints
from narrowgate.config.money import price_of
from narrowgate.config.naming import alias_complaints, bare_names
from narrowgate.config.providers import DEMO, OriginSpec, Planned, Surroundings, plan_provider
from narrowgate.config.routes import plan_routes
from narrowgate.config.schema import Config, Money, Provider, Timeouts
from narrowgate.config.snapshot import EdgeSettings, ProviderView
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.resolve import Names
from narrowgate.policy.routing.settings import KeyView
from narrowgate.providers.profile import Cloud, FormPath, Profile, ReasoningCount, StreamUsage

_VERSION_DIGITS = 12
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
    """Known models, by the catalogue's own names of providers."""

    def models_of(self, provider: str) -> Iterable[Entry]:
        """Return the models of a provider."""

    def owners(self) -> Mapping[str, str]:
        """Return which provider a bare model name belongs to."""


class Plan(msgspec.Struct, frozen=True):
    """What a configuration comes to. `origins` still hold references instead of secrets.

    `notes` are sentences about what was found and not used.
    """

    edge: EdgeSettings
    origins: tuple[OriginSpec, ...]
    notes: tuple[str, ...] = ()


def make_plan(
    config: Config,
    environment: Mapping[str, str],
    profiles: Mapping[str, Profile],
    spellings: Mapping[str, str],
    catalogue: Catalogue,
) -> Plan:
    """Return the plan. `spellings` maps other spellings to names of profiles.

    Without providers in the file, those are used whose key is in the environment; without any,
    the built-in demo provider answers.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    around = Surroundings(environment, profiles, spellings, config.timeouts)
    complaints = [*listen_complaints(config.listen), *fetch_complaints(config.fetch)]
    entries, notes = (config.providers, ()) if config.providers else _from_environment(around)
    planned: list[Planned] = []
    for name, entry in entries.items():
        found = plan_provider(name, entry, around)
        if isinstance(found, Planned):
            planned.append(found)
        else:
            complaints += found
    views: list[ProviderView] = []
    origins: list[OriginSpec] = []
    for one in planned:
        views.append(one.at(len(origins)))
        origins += one.origins
    if config.demo or (config.demo is None and not entries):
        views.append(_demo(config.timeouts))
    offers = {
        one.view.name: {entry.model: entry.price for name in one.catalog_names for entry in catalogue.models_of(name)}
        for one in planned
    }
    prices = {f"{name}/{model}": price for name, models in offers.items() for model, price in models.items() if price}
    # The demo provider costs nothing, and that is known: a key with a budget may use it.
    prices |= {f"{view.name}/{model}": Price(0, 0) for view in views if view.is_demo for model in view.models}
    bare = bare_names({one.view.name: one.catalog_names for one in planned}, offers, catalogue.owners())
    own_prices, ceiling = _own_money(config.money, {*entries, DEMO}, complaints)
    known = {view.name: view.models for view in views} | {name: entries[name].models for name in entries}
    names = Names(known, config.aliases, bare, frozenset(config.routes))
    complaints += alias_complaints(names)
    routes = plan_routes(config, names, {view.name: view for view in views})
    complaints += routes.complaints
    if complaints:
        raise ConfigRefused(complaints)
    settings = EdgeSettings(
        listen=config.listen,
        custody=config.custody,
        providers=tuple(views),
        aliases=config.aliases,
        catalog=bare,
        prices=prices | own_prices,
        unknown_price=config.money.unknown_price,
        ceiling=ceiling,
        streams=config.streams,
        journal=config.journal,
        log=config.log,
        inexpressible=config.inexpressible,
        fetch=config.fetch,
        fetch_origin=len(origins) if config.fetch.enabled else None,
        version="",
        routes=routes.views,
        routing=routes.routing,
    )
    version = _version(settings, origins)
    return Plan(msgspec.structs.replace(settings, version=version), tuple(origins), notes)


def _from_environment(around: Surroundings) -> tuple[dict[str, Provider], tuple[str, ...]]:
    """Return an entry for every profile whose key (or, for keyless ones, base URL) is set.

    Of several profiles that share a variable the first in the table gets it: one key is one account.
    """
    entries: dict[str, Provider] = {}
    notes: list[str] = []
    taken: set[str] = set()
    for name, profile in around.profiles.items():
        key = around.first_set(profile.key_env)
        base_url = around.first_set(profile.base_url_env)
        if profile.cloud is not None and not key and section_of(Provider(), profile, around.environment) is not None:
            if profile.cloud is Cloud.ENTRA and not base_url:
                continue  # an identity alone does not say which resource is meant
            entries[name] = Provider()
        elif profile.needs_key and key and key not in taken:
            if not profile.base_url and not base_url:
                wanted = profile.base_url_env[0] if profile.base_url_env else "a base_url in narrowgate.yaml"
                notes.append(f"{key} is set but {profile.title} is not used: it needs {wanted} too")
                continue
            taken.add(key)
            entries[name] = Provider(api_key=f"env://{key}")
        elif not profile.needs_key and base_url:
            entries[name] = Provider()
    return entries, tuple(notes)


def _demo(timeouts: Timeouts) -> ProviderView:
    """Return the provider that is built in. It has no origin, and its request targets name the operation."""
    return ProviderView(
        index=-1,
        name=DEMO,
        profile=DEMO,
        paths={operation: f"/{operation.value}" for operation in Operation},
        model_in_path=False,
        stream_usage=StreamUsage.ASK,
        reasoning_count=ReasoningCount.INSIDE,
        forward_headers=(),
        models=_DEMO_MODELS,
        timeouts=timeouts,
        is_demo=True,
        keys=(KeyView("", -1),),
        forms={
            Form.OPENAI_CHAT: FormPath(f"/{Operation.CHAT.value}", f"/{Operation.CHAT.value}"),
            Form.OPENAI_RESPONSES: FormPath(f"/{Operation.RESPONSES.value}", f"/{Operation.RESPONSES.value}"),
        },
    )


def _own_money(money: Money, known: set[str], complaints: list[Complaint]) -> tuple[dict[str, Price], Price]:
    """Return the user's own prices and the ceiling; what is wrong with them goes to `complaints`."""
    prices: dict[str, Price] = {}
    for name, written in money.prices.items():
        path = key_path("money.prices", name)
        provider, _, model = name.partition("/")
        if not model:
            complaints.append(Complaint(path, f"{quoted(name)} is not provider/model", "write the provider before it"))
        elif provider not in known:
            fix = f"write one of {', '.join(sorted(known))}"
            complaints.append(Complaint(path, f"{quoted(provider)} is not a configured provider", fix))
        found = price_of(written, path)
        if isinstance(found, Price):
            prices[name] = found
        else:
            complaints += found
    ceiling = price_of(money.ceiling, "money.ceiling")
    if not isinstance(ceiling, Price):
        complaints += ceiling
        ceiling = Price(0, 0)
    return prices, ceiling


def _version(settings: EdgeSettings, origins: Sequence[OriginSpec]) -> str:
    """Return a short name for these settings: the same for the same ones. Values of headers are left out."""
    shown = [msgspec.structs.replace(origin, headers=()) for origin in origins]
    text = msgspec.json.encode((settings, shown))
    return hashlib.sha256(text).hexdigest()[:_VERSION_DIGITS]
