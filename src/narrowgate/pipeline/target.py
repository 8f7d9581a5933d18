"""A resolved model: everything about it that is the same for every call, made once."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from narrowgate.config.snapshot import EdgeSettings, ProviderView
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.pipeline.answer_head import is_kept
from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.conditions import Condition, compile_condition
from narrowgate.policy.routing.resolve import Destination, Names, matches, resolve, route_of
from narrowgate.policy.routing.settings import KeyView, TargetView, TimeLimits
from narrowgate.policy.routing.vitals import Vitals, Ward
from narrowgate.wire.answer import FieldNames

_S = 1_000_000_000
# What a client says about the call rather than about itself. Everything else of its head stays here.
_FORWARDED = (b"accept", b"openai-beta", b"idempotency-key", b"traceparent", b"tracestate")
# Claude up to 4.5 goes on from an assistant's message at the end; later ones refuse it.
# Source: https://docs.claude.com/en/docs/build-with-claude/prompt-engineering/prefill-claudes-response (read 2026-11).
_TAKES_PREFILL = re.compile(r"claude-(?:3|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{6,8})?(?:$|[^-0-9]))")
_STATIC_HEAD = b"user-agent: narrowgate\r\naccept-encoding: identity\r\n"


class Limits(NamedTuple):
    """A provider's limits of time in nanoseconds. `first_ns` is headers or the total, if that is less."""

    first_ns: int
    first_token_ns: int
    idle_ns: int
    total_ns: int


class Target:
    """One model of one provider, with its request lines and answer headers prebuilt.

    `index` is the number of this model with this key among all of an edge, `origin` that of the key in the egress's
    table. `weight`, `priority`, `condition` and `tags` are for the route that it is in.
    `takes_prefill` is whether it goes on from the beginning of an answer that it is sent.
    `lines` holds the request line of every operation the provider offers, `forms` those of
    conversations by form: for a whole answer and for a stream.
    """

    __slots__ = (
        "answer_lines",
        "condition",
        "forms",
        "forwarded",
        "index",
        "key_name",
        "limits",
        "lines",
        "load",
        "model",
        "model_json",
        "name",
        "names",
        "origin",
        "price",
        "priority",
        "provider",
        "rest_head",
        "seed",
        "tags",
        "takes_prefill",
        "vitals",
        "weight",
    )

    def __init__(
        self, destination: Destination, provider: ProviderView, price: Price | None, vitals: Vitals, origin: int
    ) -> None:
        self.vitals = vitals
        self.load = vitals.load
        self.index = vitals.index
        self.key_name = vitals.key_name
        self.seed = f"{vitals.name} {vitals.key_name}".encode()[:256]
        self.weight = 1.0
        self.priority = 1
        self.condition: Condition | None = None
        self.tags: frozenset[str] = frozenset()
        self.origin = origin
        self.provider = provider
        self.model = destination.model
        self.name = f"{provider.name}/{destination.model}"
        self.price = price
        self.model_json = msgspec.json.encode(destination.model)
        in_path = quote(destination.model, safe="")
        self.lines: dict[Operation, bytes] = {
            operation: _post(path, in_path) for operation, path in provider.paths.items()
        }
        self.forms: dict[Form, tuple[bytes, bytes]] = {
            form: (_post(path.whole, in_path), _post(path.stream or path.whole, in_path))
            for form, path in provider.forms.items()
            if not path.models or re.search(path.models, destination.model)
        }
        self.rest_head = _STATIC_HEAD
        is_claude = Form.ANTHROPIC_MESSAGES in self.forms or Form.BEDROCK_CONVERSE in self.forms
        self.takes_prefill = is_claude and _TAKES_PREFILL.search(destination.model) is not None
        self.names = FieldNames(is_kept)
        times = provider.timeouts
        self.limits = Limits(
            int(min(times.headers_s, times.total_s) * _S),
            int(times.first_token_s * _S),
            int(times.idle_s * _S),
            int(times.total_s * _S),
        )
        more = (name.lower().encode("ascii") for name in provider.forward_headers)
        self.forwarded = tuple(dict.fromkeys((*_FORWARDED, *more)))
        self.answer_lines = (
            f"x-narrowgate-provider: {provider.name}\r\nx-narrowgate-model: {_shown(destination.model)}\r\n"
        ).encode("ascii")


class Targets:
    """Finds what names mean, and makes the targets that they lead to."""

    def __init__(self, settings: EdgeSettings, ward: Ward) -> None:
        self.providers = {view.name: view for view in settings.providers}
        self.names = Names(
            providers={view.name: view.models for view in settings.providers},
            aliases=settings.aliases,
            catalog=settings.catalog,
            routes=settings.routes.keys(),
        )
        self._prices = settings.prices
        self._ward = ward

    def route_of(self, name: str) -> str | None:
        """Return the route that `name` leads to, or None."""
        return route_of(name, self.names)

    def knows(self, name: str) -> bool:
        """Whether `name` leads anywhere."""
        return self.route_of(name) is not None or self.owner(name) is not None

    def owner(self, name: str) -> str | None:
        """Return the provider of a name that leads to no route, or None."""
        destination = resolve(name, self.names) if self.route_of(name) is None else None
        if destination is None or destination.provider not in self.providers:
            return None
        return None if any(ord(letter) < 32 for letter in destination.model) else destination.provider

    def of_name(self, name: str) -> tuple[Target, ...]:
        """Return the targets of a name that leads to no route: the model with each key that is for it."""
        destination = resolve(name, self.names)
        if destination is None or destination.provider not in self.providers:
            return ()
        if any(ord(letter) < 32 for letter in destination.model):
            return ()
        return tuple(self._make(destination, key) for key in self._keys(destination, ""))

    def with_key(self, provider: str, key_name: str) -> Target | None:
        """Return a provider with one of its keys, for a call about something they keep; None when there is none."""
        view = self.providers.get(provider)
        keys = (view.keys or (KeyView("", view.index),)) if view is not None else ()
        key = next((one for one in keys if one.name == key_name), None)
        return None if key is None else self._make(Destination(provider, "*"), key)

    def of_route(self, view: TargetView, times: TimeLimits) -> tuple[Target, ...]:
        """Return one target of a route with each key that is for it; they share its weight as keys are weighted."""
        destination = Destination(view.provider, view.model)
        if view.provider not in self.providers:
            return ()
        keys = self._keys(destination, view.key)
        total = sum(key.weight for key in keys)
        found: list[Target] = []
        for key in keys:
            vitals = self._ward.find(view.provider, view.model, key.name, key.limits)
            self._ward.limit(vitals, view.limits)
            target = self._make(destination, key)
            target.weight = view.weight * key.weight / total
            target.priority = view.priority
            target.condition = compile_condition(view.when) if view.when else None
            target.tags = frozenset(view.tags)
            target.limits = _narrowed(target.limits, times)
            found.append(target)
        return tuple(found)

    def _keys(self, destination: Destination, named: str) -> tuple[KeyView, ...]:
        provider = self.providers[destination.provider]
        keys = provider.keys or (KeyView("", provider.index),)
        return tuple(
            key
            for key in keys
            if named in {"", key.name}
            and (not key.models or any(matches(pattern, destination.model) for pattern in key.models))
        )

    def _make(self, destination: Destination, key: KeyView) -> Target:
        provider = self.providers[destination.provider]
        price = self._prices.get(f"{provider.name}/{destination.model}")
        vitals = self._ward.find(provider.name, destination.model, key.name, key.limits)
        target = Target(destination, provider, price, vitals, key.origin)
        target.weight = key.weight
        return target


def _narrowed(limits: Limits, times: TimeLimits) -> Limits:
    """Return limits of time with those a route sets."""
    first_s, token_s, idle_s, total_s = times.headers_s, times.first_token_s, times.idle_s, times.total_s
    total_ns = limits.total_ns if total_s is None else int(total_s * _S)
    return Limits(
        min(limits.first_ns if first_s is None else int(first_s * _S), total_ns),
        limits.first_token_ns if token_s is None else int(token_s * _S),
        limits.idle_ns if idle_s is None else int(idle_s * _S),
        total_ns,
    )


def forwarded_lines(target: Target, headers: Mapping[bytes, bytes]) -> bytes:
    """Return the header lines of the client's that go to the provider."""
    lines = b""
    for name in target.forwarded:
        if name in headers:
            lines += b"%b: %b\r\n" % (name, headers[name])
    return lines


def _post(path: str, model: str) -> bytes:
    return f"POST {path.replace('{model}', model)} HTTP/1.1\r\n".encode("ascii")


def _shown(model: str) -> str:
    """Return a model name fit for a header value."""
    return quote(model, safe="/:@+,=!*()&$~[] ")
