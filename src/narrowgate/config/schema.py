"""What `narrowgate.yaml` may say: every section, key, default and limit."""

from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from narrowgate.config.cloud_schema import Aws, Entra, Google, Watsonx
from narrowgate.model.conversation import Form
from narrowgate.model.inexpressible import Inexpressibles
from narrowgate.model.operation import Operation
from narrowgate.policy.routing.settings import (
    Backoff,
    Breaker,
    Cooldown,
    Count,
    Millis,
    PriorityClass,
    Queue,
    Rate,
    Receipts,
    Rescue,
    Sticky,
    Strategy,
    TimeLimits,
    Tries,
    Weight,
)

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Bytes = Annotated[int, Meta(ge=0, le=1 << 40)]
Port = Annotated[int, Meta(ge=0, le=65_535)]


class Custody(Enum):
    """Where provider keys live."""

    SPLIT = "split"
    MERGED = "merged"


class UnknownPrice(Enum):
    """What happens to a call whose price is unknown when its key has a budget."""

    REFUSE = "refuse"
    CEILING = "ceiling"


class LogFormat(Enum):
    """How log lines look."""

    HUMAN = "human"
    JSON = "json"


class LogCalls(Enum):
    """Which calls get a log line of their own (all calls are in the journal in any case)."""

    ALL = "all"
    FAILED = "failed"
    NONE = "none"


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """TLS on the listener. `client_ca` makes client certificates mandatory (mTLS)."""

    certificate: str
    private_key: str
    client_ca: str = ""


class Cors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which browser origins may call, exact (`https://app.example`) or `*`. Empty: none."""

    origins: tuple[str, ...] = ()


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where clients connect, and the bounds on what they may send.

    `aws_signatures` lets clients prove a virtual key by signing requests as AWS's SDKs do: its id is the
    access key id, `narrowgate keys create` tells the secret. Off by default, since the secret follows
    from what the database holds.
    """

    host: str = "127.0.0.1"
    port: Port = 4000
    unix_socket: str = ""
    tls: Tls | None = None
    cors: Cors = Cors()
    trusted_proxies: tuple[str, ...] = ()
    proxy_protocol: bool = False
    aws_signatures: bool = False
    max_body_bytes: Bytes = 100_000_000
    max_head_bytes: Annotated[int, Meta(ge=1_024, le=1_048_576)] = 65_536
    max_headers: Annotated[int, Meta(ge=8, le=1_000)] = 100
    max_connections: Annotated[int, Meta(ge=1, le=1_000_000)] = 50_000
    head_timeout_s: Seconds = 10.0
    body_idle_timeout_s: Seconds = 30.0
    keep_alive_s: Seconds = 75.0
    write_idle_timeout_s: Seconds = 60.0


class Timeouts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits on the upstream side, each on its own."""

    connect_s: Seconds = 10.0
    headers_s: Seconds = 300.0
    first_token_s: Seconds = 300.0
    idle_s: Seconds = 120.0
    total_s: Seconds = 3_600.0


class ApiKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of a provider's several keys. `key` is a secret reference such as `env://OPENAI_A`.

    `models` are the models it is for, whole names or beginnings that end in `*`; none means all. Among keys that may be
    used, `weight` is how often this one is. `rpm`, `tpm` and `max_parallel` bound its calls and tokens a minute and its
    calls at a time; 0 is no bound.
    """

    name: str
    key: str
    models: tuple[str, ...] = ()
    weight: Weight = 1.0
    rpm: Rate = 0
    tpm: Rate = 0
    max_parallel: Count = 0


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider entry. The entry's name is the first part of `provider/model`.

    `kind` names a built-in profile (default: the entry's own name, or `openai` for a custom
    one with a `base_url`). `api_key` is a secret reference such as `env://OPENAI_API_KEY`; `api_keys`
    are several, in its place; values of `headers` and `proxy` may be references as well. `forms` pins in which form
    conversations go there
    (`openai_responses`, `anthropic_messages`, …), the preferred one first; by default all that the
    provider is known to speak. A host of `base_url` that is a name must lead to public addresses unless
    `allow_private` is true: whoever controls the name could point it into this network. An address
    or `localhost` may be private as it is.
    """

    kind: str = ""
    base_url: str = ""
    api_key: str = ""
    api_keys: tuple[ApiKey, ...] = ()
    headers: dict[str, str] = {}
    query: str = ""
    paths: dict[Operation, str] = {}
    forms: tuple[Form, ...] = ()
    aws: Aws | None = None
    google: Google | None = None
    entra: Entra | None = None
    watsonx: Watsonx | None = None
    forward_headers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    ca_file: str = ""
    proxy: str = ""
    allow_private: bool = False
    max_connections: Annotated[int, Meta(ge=1, le=100_000)] = 20_000
    timeouts: Timeouts | None = None


class ModelPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price the user sets, in USD per million tokens as decimal text ("0.15")."""

    input: str
    output: str
    cache_read: str = ""
    cache_write: str = ""
    cache_write_1h: str = ""
    reasoning: str = ""


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices of the user's own (by `provider/model`), and what an unknown price means."""

    prices: dict[str, ModelPrice] = {}
    unknown_price: UnknownPrice = UnknownPrice.REFUSE
    ceiling: ModelPrice = ModelPrice(input="30", output="180")


class RouteTarget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One target of a route; `provider/model` alone stands for one without anything else.

    `weight` and `priority` (the lowest first) are for the route's strategy. `when` is an expression that a call must
    fulfil, `tags` must hold all tags that a call names, `key` pins one of the provider's `api_keys`. `rpm`, `tpm` and
    `max_parallel` bound calls and tokens a minute and calls at a time; 0 is no bound.
    """

    model: str
    weight: Weight = 1.0
    priority: Annotated[int, Meta(ge=0, le=1_000)] = 1
    when: str = ""
    tags: tuple[str, ...] = ()
    rpm: Rate = 0
    tpm: Rate = 0
    max_parallel: Count = 0
    key: str = ""


class RouteHedge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Race a second target when there is no token after `after_ms`; 0 never.

    It is not begun when it could cost more than `max_usd`, decimal text in USD ("0.05").
    """

    after_ms: Millis = 0
    max_usd: str = "0"


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public model name with several targets. See docs/routing.md.

    `retries` is how often a call is tried again on the targets of the route before its `fallbacks` (names of routes or
    `provider/model`). What is left out is as `routing` says. `context_window_fallbacks` are for prompts that are too
    long (default: as `fallbacks`), `content_policy_fallbacks` for those that a provider refuses for their content
    (default: none). A stream below `min_tokens_per_s` is taken as failed; 0 never. `inexpressible` is as for the whole
    file.
    """

    targets: tuple[str | RouteTarget, ...]
    strategy: Strategy = Strategy.PRIORITY
    sticky: Sticky | None = None
    fallbacks: tuple[str, ...] | None = None
    context_window_fallbacks: tuple[str, ...] | None = None
    content_policy_fallbacks: tuple[str, ...] = ()
    retries: Tries | None = None
    timeouts: TimeLimits = TimeLimits()
    min_tokens_per_s: Annotated[float, Meta(ge=0, le=10_000)] = 0.0
    streams: Rescue | None = None
    hedge: RouteHedge = RouteHedge()
    inexpressible: Inexpressibles | None = None
    priority_class: PriorityClass = PriorityClass.INTERACTIVE


class Routing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for all routes, and for models that are called without one.

    Of fallbacks and theirs, no more than `max_fallbacks` are tried.
    """

    retries: Tries = 2
    fallbacks: tuple[str, ...] = ()
    max_fallbacks: Tries = 5
    streams: Rescue = Rescue()
    backoff: Backoff = Backoff()
    breaker: Breaker = Breaker()
    cooldown: Cooldown = Cooldown()
    queue: Queue = Queue()
    receipts: Receipts = Receipts()


class Streams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conduct of streams. `ping_s` is the silence after which a comment is sent; 0 never."""

    ping_s: Annotated[float, Meta(ge=0, le=3_600)] = 15.0


class Fetch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fetching of pictures and documents that clients name by URL, where a provider wants their bytes.

    Off, such a call is refused by the name of the field. On, the process that holds the provider keys
    fetches them: without credentials, from public addresses only, over https unless `allow_http`, through at
    most three redirects. `hosts` are the only ones then (`host`, `host:port`, `*.domain`); empty means any, at
    the usual port. `allow_private` lets listed hosts be in this network. `max_bytes` and `timeout_s` are for all
    that one call names.
    """

    enabled: bool = False
    hosts: tuple[str, ...] = ()
    max_bytes: Annotated[int, Meta(ge=1, le=1 << 28)] = 20_000_000
    timeout_s: Seconds = 15.0
    allow_http: bool = False
    allow_private: bool = False


class Journal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much is kept, where each edge's journal turns to a new segment."""

    segment_bytes: Annotated[int, Meta(ge=65_536, le=1 << 32)] = 16_777_216
    keep_days: Annotated[int, Meta(ge=1, le=36_500)] = 90
    keep_bytes: Annotated[int, Meta(ge=1_048_576, le=1 << 44)] = 4_294_967_296


class Sandbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the kernel confines processes. `require` refuses to start where a part of that cannot be had."""

    require: bool = False


class Logging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Log lines on standard error."""

    format: LogFormat = LogFormat.HUMAN
    calls: LogCalls = LogCalls.FAILED


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. Everything has a default; an empty file is a valid one.

    `edges` 0 means one per processor but one, at most eight. `aliases` map a public model name
    or a pattern ending in `*` to `provider/model` or a route (a `*` in the value takes what the pattern's
    `*` stood for). `routes` are public model names with several targets each. `inexpressible` says whether a
    parameter that a provider cannot be told is refused or dropped (and listed in the answer's header
    x-narrowgate-dropped). `admin_token` is a secret reference. `demo` null means: only when no other
    provider is configured.
    """

    listen: Listen = Listen()
    edges: Annotated[int, Meta(ge=0, le=16)] = 0
    custody: Custody = Custody.SPLIT
    data: str = ""
    admin_token: str = ""
    drain_s: Seconds = 30.0
    providers: dict[str, Provider] = {}
    demo: bool | None = None
    aliases: dict[str, str] = {}
    routes: dict[str, Route] = {}
    routing: Routing = Routing()
    inexpressible: Inexpressibles = Inexpressibles.REFUSE
    timeouts: Timeouts = Timeouts()
    streams: Streams = Streams()
    fetch: Fetch = Fetch()
    money: Money = Money()
    journal: Journal = Journal()
    log: Logging = Logging()
    sandbox: Sandbox = Sandbox()
