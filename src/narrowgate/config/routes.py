"""Routes made concrete: what their targets and fallbacks lead to, and all that is wrong with them."""

import difflib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from narrowgate.config.address import forward_flaw
from narrowgate.config.complaint import Complaint, item_path, key_path, quoted
from narrowgate.config.money import usd_e9_per_million
from narrowgate.config.schema import Config, Inexpressibles, Route, RouteTarget, Routing
from narrowgate.config.snapshot import ProviderView
from narrowgate.policy.routing.conditions import ConditionError, compile_condition
from narrowgate.policy.routing.resolve import Names, matches, resolve, route_of
from narrowgate.policy.routing.settings import Hedge, Limits, RouteView, RoutingView, TargetView

_LIKENESS = 0.6


class Routes(msgspec.Struct, frozen=True):
    """What the sections `routes` and `routing` come to. With complaints, the rest is not to be used."""

    views: dict[str, RouteView]
    routing: RoutingView
    complaints: tuple[Complaint, ...]


def plan_routes(config: Config, names: Names, providers: Mapping[str, ProviderView]) -> Routes:
    """Return the routes of a configuration. `providers` are those without complaints of their own."""
    planner = _Planner(names, providers)
    planner.complaints += _routing_complaints(config.routing)
    defaults = planner.fallbacks(config.routing.fallbacks, "routing.fallbacks", "")
    written = {
        name: planner.fallbacks(route.fallbacks, f"{key_path('routes', name)}.fallbacks", name)
        if route.fallbacks is not None
        else tuple(one for one in defaults if one != name)
        for name, route in config.routes.items()
    }
    limit = config.routing.max_fallbacks
    chains = {name: _chain(name, written, limit) for name in written}
    views = {name: planner.route(name, route, chains[name], config.routing) for name, route in config.routes.items()}
    shared = config.routing
    routing = RoutingView(
        retries=shared.retries,
        fallbacks=_chain("", {**written, "": defaults}, limit),
        max_fallbacks=limit,
        streams=shared.streams,
        backoff=shared.backoff,
        breaker=shared.breaker,
        cooldown=shared.cooldown,
        queue=shared.queue,
        receipts=shared.receipts,
    )
    return Routes(views, routing, tuple(planner.complaints))


def _chain(start: str, written: Mapping[str, tuple[str, ...]], limit: int) -> tuple[str, ...]:
    """Return the fallbacks of `start`, theirs behind them and so on: each once, so that circles end."""
    found = list(written[start])
    for name in found:  # grows on the way
        found += [one for one in written.get(name, ()) if one != start and one not in found]
    return tuple(dict.fromkeys(found))[:limit]


class _Planner:
    """Collects complaints while names are looked up."""

    def __init__(self, names: Names, providers: Mapping[str, ProviderView]) -> None:
        self.complaints: list[Complaint] = []
        self._names = names
        self._providers = providers

    def route(self, name: str, route: Route, fallbacks: tuple[str, ...], shared: Routing) -> RouteView:
        """Return one route, its defaults filled in."""
        path = key_path("routes", name)
        self.complaints += _name_complaints(name, path, self._names)
        self.complaints += _route_complaints(route, path)
        window = route.context_window_fallbacks
        return RouteView(
            name=name,
            strategy=route.strategy,
            targets=tuple(self._targets(route, path)),
            sticky=route.sticky,
            fallbacks=fallbacks,
            context_window_fallbacks=(
                fallbacks if window is None else self.fallbacks(window, f"{path}.context_window_fallbacks", name)
            ),
            content_policy_fallbacks=self.fallbacks(
                route.content_policy_fallbacks, f"{path}.content_policy_fallbacks", name
            ),
            retries=shared.retries if route.retries is None else route.retries,
            timeouts=route.timeouts,
            min_tokens_per_s=route.min_tokens_per_s,
            streams=route.streams or shared.streams,
            hedge=Hedge(route.hedge.after_ms, usd_e9_per_million(route.hedge.max_usd) or 0),
            drops=None if route.inexpressible is None else route.inexpressible is Inexpressibles.DROP,
            priority_class=route.priority_class,
        )

    def fallbacks(self, listed: Iterable[str], path: str, owner: str) -> tuple[str, ...]:
        """Return where names of fallbacks lead: names of routes, or `provider/model`."""
        found: list[str] = []
        for index, name in enumerate(listed):
            where = item_path(path, index)
            route = route_of(name, self._names)
            destination = None if route else resolve(name, self._names)
            if route is None and destination is None:
                self._unknown(where, name, [*self._names.routes])
                continue
            meant = route or (f"{destination.provider}/{destination.model}" if destination else "")
            if meant == owner:
                self._complain(where, "leads back to the route itself", "remove it; `retries` tries its targets again")
            elif meant in found:
                self._complain(where, f"names {quoted(meant)} a second time", "remove one of them")
            found.append(meant)
        return tuple(found)

    def _targets(self, route: Route, path: str) -> Iterator[TargetView]:
        if not route.targets:
            self._complain(f"{path}.targets", "is empty", "name at least one provider/model")
        seen: set[tuple[str, ...]] = set()
        for index, written in enumerate(route.targets):
            where = item_path(f"{path}.targets", index)
            target = RouteTarget(written) if isinstance(written, str) else written
            place = where if isinstance(written, str) else f"{where}.model"
            if route_of(target.model, self._names) is not None:
                fix = "name provider/model; routes can be named as fallbacks"
                self._complain(place, f"{quoted(target.model)} leads to a route", fix)
                continue
            found = resolve(target.model, self._names)
            if found is None:
                self._unknown(place, target.model, [])
                continue
            identity = (found.provider, found.model, target.key, target.when)
            if identity in seen:
                self._complain(place, f"names {quoted(target.model)} a second time", "remove one, or give it a weight")
            seen.add(identity)
            self.complaints += _condition_complaints(target.when, f"{where}.when")
            self.complaints += self._key_complaints(target, found.provider, found.model, where)
            limits = Limits(target.rpm, target.tpm, target.max_parallel)
            yield TargetView(
                found.provider,
                found.model,
                target.weight,
                target.priority,
                target.when,
                target.tags,
                limits,
                target.key,
            )

    def _key_complaints(self, target: RouteTarget, provider: str, model: str, path: str) -> Iterator[Complaint]:
        view = self._providers.get(provider)
        if view is None:  # what is wrong with it is said elsewhere
            return
        named = [key for key in view.keys if target.key in {"", key.name}]
        if not named:
            known = ", ".join(key.name for key in view.keys if key.name) or "none with a name"
            problem = f"{quoted(target.key)} is not among the api_keys of {quoted(provider)}"
            yield Complaint(f"{path}.key", problem, f"it has {known}")
        elif not any(not key.models or any(matches(one, model) for one in key.models) for key in named):
            problem = f"no key of {quoted(provider)} is for {quoted(model)}"
            yield Complaint(path, problem, f"add it to the models of a key in {key_path('providers', provider)}")

    def _unknown(self, path: str, name: str, others: list[str]) -> None:
        configured = sorted(self._names.providers)
        provider, slash, model = name.partition("/")
        near = difflib.get_close_matches(name, others, n=1, cutoff=_LIKENESS)
        if slash and not near:
            near = [f"{one}/{model}" for one in difflib.get_close_matches(provider, configured, n=1, cutoff=_LIKENESS)]
        shown = f"write provider/model; configured are {', '.join(configured) or 'none'}"
        wanted = "a route or a model" if others else "a model"
        fix = f"did you mean {quoted(near[0])}?" if near else shown
        self._complain(path, f"{quoted(name)} is not {wanted} of a configured provider", fix)

    def _complain(self, path: str, problem: str, fix: str) -> None:
        self.complaints.append(Complaint(path, problem, fix))


def _name_complaints(name: str, path: str, names: Names) -> Iterator[Complaint]:
    provider, slash, _ = name.partition("/")
    if not name or name != name.strip() or "*" in name:
        yield Complaint(path, f"{quoted(name)} is not a model's name", "use neither '*' nor spaces at its ends")
    elif name in names.aliases:
        yield Complaint(path, "is the name of an alias as well", f"remove one; it is in {key_path('aliases', name)}")
    elif slash and provider in names.providers:
        fix = "choose a name that does not begin with a provider's"
        yield Complaint(path, f"would hide a model of the provider {quoted(provider)}", fix)


def _route_complaints(route: Route, path: str) -> Iterator[Complaint]:
    amount = usd_e9_per_million(route.hedge.max_usd)
    if amount is None:
        problem = "is not an amount of USD below a million with at most nine decimals"
        yield Complaint(f"{path}.hedge.max_usd", problem, 'write it as in "0.05"')
    elif route.hedge.after_ms and not amount:
        fix = 'write what one may cost, as in "0.05"'
        yield Complaint(f"{path}.hedge.max_usd", "is 0, so that no hedge would ever begin", fix)
    if route.sticky is not None and (flaw := forward_flaw(route.sticky.header)):
        yield Complaint(f"{path}.sticky.header", flaw.problem, flaw.fix)


def _condition_complaints(text: str, path: str) -> Iterator[Complaint]:
    if not text:
        return
    try:
        compile_condition(text)
    except ConditionError as error:
        yield Complaint(path, f"{error.problem} (at character {error.at + 1})", error.fix)


def _routing_complaints(routing: Routing) -> Iterator[Complaint]:
    """Complain about first steps that are longer than the longest."""
    pairs = (
        ("backoff.base_ms", routing.backoff.base_ms, "max_ms", routing.backoff.max_ms),
        ("breaker.open_s", routing.breaker.open_s, "max_open_s", routing.breaker.max_open_s),
        ("cooldown.rate_limited_ms", routing.cooldown.rate_limited_ms, "max_ms", routing.cooldown.max_ms),
        ("cooldown.key_ms", routing.cooldown.key_ms, "max_ms", routing.cooldown.max_ms),
        ("cooldown.model_ms", routing.cooldown.model_ms, "max_ms", routing.cooldown.max_ms),
    )
    for field, first, other, most in pairs:
        if first > most:
            yield Complaint(f"routing.{field}", f"is more than {other}, {most:_}", "make it less, or that more")
