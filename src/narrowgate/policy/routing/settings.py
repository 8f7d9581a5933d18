"""What routing is set to do: as the file says it where a Struct forbids unknown fields, else made concrete."""

from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

Millis = Annotated[int, Meta(ge=0, le=86_400_000)]
Rate = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Tries = Annotated[int, Meta(ge=0, le=20)]
Weight = Annotated[float, Meta(gt=0, le=1_000_000)]
Share = Annotated[float, Meta(gt=0, le=1)]
Span = Annotated[float, Meta(gt=0, le=86_400)]


class Strategy(Enum):
    """How a route chooses among its targets (of the same priority, where they have one)."""

    PRIORITY = "priority"
    WEIGHTED = "weighted"
    LEAST_BUSY = "least_busy"
    LOWEST_LATENCY = "lowest_latency"
    LOWEST_COST = "lowest_cost"
    USAGE = "usage"


class StickyBy(Enum):
    """What calls that stay with one target have in common."""

    SESSION = "session"
    PREFIX = "prefix"


class PriorityClass(Enum):
    """Who waits for whom when a target is full: all of the first before any of the second."""

    INTERACTIVE = "interactive"
    BATCH = "batch"


class Sticky(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keep calls with the target that has their prompt in its cache, unless it is unwell.

    `by: session` goes by the request header `header`, `by: prefix` by the beginning of the prompt. A call
    within `ttl_s` of the last one stays; give it at least the provider's cache lifetime.
    """

    by: StickyBy = StickyBy.SESSION
    ttl_s: Span = 300.0
    header: str = "x-session-id"


class Rescue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be done for a stream whose target fails after it has begun.

    `hold_back_ms` and `hold_back_tokens` keep the beginning from the client until either is reached, so that an early
    death goes unseen; 0 holds nothing back. `continuation` has another target go on from what was relayed, where it is
    known to accept that. `replay` has another target answer anew and relays what comes behind the same words; when the
    words differ the stream ends with an error. The two are on by default for calls that name fallbacks themselves.
    """

    hold_back_ms: Millis = 0
    hold_back_tokens: Count = 0
    continuation: bool | None = None
    replay: bool | None = None


class Limits(msgspec.Struct, frozen=True, gc=False):
    """Bounds of one target or key: calls and tokens a minute, calls at a time. 0 is none."""

    rpm: int = 0
    tpm: int = 0
    max_parallel: int = 0

    def share(self, edges: int) -> "Limits":
        """Return what each of so many edges may do: an even part, rounded up."""
        return Limits(-(-self.rpm // edges), -(-self.tpm // edges), -(-self.max_parallel // edges))


class TimeLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of time of a route; those left out are the provider's. `total_s` is for all attempts together.

    The limit for connecting is the provider's alone: connections are made for all calls.
    """

    headers_s: Span | None = None
    first_token_s: Span | None = None
    idle_s: Span | None = None
    total_s: Span | None = None


class Backoff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait before the n-th try: at random up to `base_ms` times 2 to the n, at most `max_ms`.

    A time that the provider names is kept to instead.
    """

    base_ms: Annotated[int, Meta(ge=1, le=60_000)] = 250
    max_ms: Annotated[int, Meta(ge=1, le=600_000)] = 8_000


class Breaker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a target that fails is left alone: from `error_rate` of at least `min_calls` within `window_s`.

    It is left alone for `open_s`, then tried with one call at a time; each failed try doubles that up to `max_open_s`.
    """

    window_s: Span = 30.0
    min_calls: Annotated[int, Meta(ge=1, le=1_000_000)] = 5
    error_rate: Share = 0.5
    open_s: Span = 10.0
    max_open_s: Span = 20.0


class Cooldown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a key, or a model with a key, is left alone the first time; each further time doubles it.

    After a single failure it is still asked where nothing else can be; after more it is not.

    `rate_limited_ms` is for a 429 that names no time, `key_ms` for a key that is refused (401) or has no credit left,
    `model_ms` for a model that a key may not use (403) or that does not exist (404).
    """

    rate_limited_ms: Annotated[int, Meta(ge=1, le=3_600_000)] = 1_000
    key_ms: Annotated[int, Meta(ge=1, le=3_600_000)] = 15_000
    model_ms: Annotated[int, Meta(ge=1, le=3_600_000)] = 15_000
    max_ms: Annotated[int, Meta(ge=1, le=86_400_000)] = 600_000


class Queue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens to calls that find every target at its `max_parallel`: so many wait, so long.

    `adaptive` lowers how many calls a target is given at a time when its answers become slower by that.
    """

    max_waiting: Annotated[int, Meta(ge=0, le=1_000_000)] = 1_000
    max_wait_s: Span = 10.0
    adaptive: bool = False


class Receipts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How it is told where calls went and why: always by call id, and in a `header` of the answer if wanted."""

    header: bool = False


class KeyView(msgspec.Struct, frozen=True):
    """One key of a provider as an edge knows it. `models` are patterns; none means all."""

    name: str
    origin: int
    models: tuple[str, ...] = ()
    weight: float = 1.0
    limits: Limits = Limits()


class TargetView(msgspec.Struct, frozen=True):
    """One target of a route. `when` is an expression, `key` the name of the only key to use; "" for none and any."""

    provider: str
    model: str
    weight: float = 1.0
    priority: int = 1
    when: str = ""
    tags: tuple[str, ...] = ()
    limits: Limits = Limits()
    key: str = ""


class Hedge(msgspec.Struct, frozen=True):
    """Race a second target when there is no token after `after_ms` (0 never), for at most so much money."""

    after_ms: int = 0
    max_usd_e9: int = 0


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """One route made concrete: defaults are filled in, names are resolved.

    The three lists of fallbacks hold names of routes or `provider/model`. A fallback's own fallbacks are in the list
    behind it, each name once and the route itself never. `drops` says whether a parameter that a target cannot be told
    is dropped; None is as configured for all.
    """

    name: str
    strategy: Strategy
    targets: tuple[TargetView, ...]
    sticky: Sticky | None = None
    fallbacks: tuple[str, ...] = ()
    context_window_fallbacks: tuple[str, ...] = ()
    content_policy_fallbacks: tuple[str, ...] = ()
    retries: int = 2
    timeouts: TimeLimits = TimeLimits()
    min_tokens_per_s: float = 0.0
    streams: Rescue = Rescue()
    hedge: Hedge = Hedge()
    drops: bool | None = None
    priority_class: PriorityClass = PriorityClass.INTERACTIVE


class RoutingView(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all routes, and the defaults of those models that have none."""

    retries: int = 2
    fallbacks: tuple[str, ...] = ()
    max_fallbacks: int = 5
    streams: Rescue = Rescue()
    backoff: Backoff = Backoff()
    breaker: Breaker = Breaker()
    cooldown: Cooldown = Cooldown()
    queue: Queue = Queue()
    receipts: Receipts = Receipts()
