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
from narrowgate.policy.routing.resolve import Destination, Names, resolve
from narrowgate.wire.answer import FieldNames

_S = 1_000_000_000
_LIMIT = 20_000  # names clients make up must not fill memory; a full table starts anew
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

    `index` is this target's number among all of an edge, `origin` its number in the egress's table.
    `takes_prefill` is whether it goes on from the beginning of an answer that it is sent.
    `lines` holds the request line of every operation the provider offers, `forms` those of
    conversations by form: for a whole answer and for a stream.
    """

    __slots__ = (
        "answer_lines",
        "forms",
        "forwarded",
        "index",
        "key_name",
        "limits",
        "lines",
        "model",
        "model_json",
        "name",
        "names",
        "origin",
        "price",
        "provider",
        "rest_head",
        "takes_prefill",
    )

    def __init__(self, destination: Destination, provider: ProviderView, price: Price | None, index: int = 0) -> None:
        self.index = index
        self.key_name = ""
        self.origin = provider.index
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
    """Finds the target a name means; remembers what it found."""

    def __init__(self, settings: EdgeSettings) -> None:
        self.providers = {view.name: view for view in settings.providers}
        self.names = Names(
            providers={view.name: view.models for view in settings.providers},
            aliases=settings.aliases,
            catalog=settings.catalog,
        )
        self._prices = settings.prices
        self._found: dict[str, Target | None] = {}
        self._made = 0

    def find(self, name: str) -> Target | None:
        """Return the target of `name`, or None."""
        try:
            return self._found[name]
        except KeyError:
            if len(self._found) >= _LIMIT:
                self._found.clear()
            target = self._found[name] = self._make(name)
            return target

    def _make(self, name: str) -> Target | None:
        destination = resolve(name, self.names)
        if destination is None or destination.provider not in self.providers:
            return None
        if any(ord(letter) < 32 for letter in destination.model):
            return None
        provider = self.providers[destination.provider]
        price = self._prices.get(f"{provider.name}/{destination.model}")
        self._made += 1
        return Target(destination, provider, price, self._made)


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
