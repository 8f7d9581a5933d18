"""What the processes run on: the configuration made concrete, without and with secrets."""

import msgspec

from narrowgate.config.schema import (
    Custody,
    Fetch,
    Journal,
    Listen,
    Logging,
    Streams,
    Timeouts,
    UnknownPrice,
)
from narrowgate.model.conversation import Form
from narrowgate.model.inexpressible import Inexpressibles
from narrowgate.model.operation import Operation
from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.settings import KeyView, RouteView, RoutingView
from narrowgate.providers.family import Quirks
from narrowgate.providers.profile import FormPath, ReasoningCount, StreamUsage


class ProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """One configured provider as an edge knows it: everything but address and key.

    `index` is its number in the egress's table of origins, that of its first key; `keys` are all of them, each with an
    origin of its own. `paths` are complete request targets
    below the origin, base path and query included, per operation; a `{model}` in them is
    replaced by the percent-encoded model. `forms` are the same for conversations by their form, the
    preferred one first. `base_path` is what all of them begin with. `models` are names the user listed.
    """

    index: int
    name: str
    profile: str
    paths: dict[Operation, str]
    model_in_path: bool
    stream_usage: StreamUsage
    reasoning_count: ReasoningCount
    forward_headers: tuple[str, ...]
    models: tuple[str, ...]
    timeouts: Timeouts
    is_demo: bool = False
    base_path: str = ""
    forms: dict[Form, FormPath] = {}
    quirks: Quirks = Quirks()
    keys: tuple[KeyView, ...] = ()
    keeps_responses: bool = False


class EdgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an edge needs besides virtual keys. Holds no secret.

    `prices` maps `provider/model` to its price; `catalog` maps a bare model name to
    `provider/model` for the configured providers. `ceiling` is what an unknown price counts as
    when `unknown_price` is CEILING. `routes` are by their public names, `routing` holds for all and for models without.
    `fetch_origin` is the number of the way to what clients name by URL among the origins, None when nothing is fetched.
    """

    listen: Listen
    custody: Custody
    providers: tuple[ProviderView, ...]
    aliases: dict[str, str]
    catalog: dict[str, str]
    prices: dict[str, Price]
    unknown_price: UnknownPrice
    ceiling: Price
    streams: Streams
    journal: Journal
    log: Logging
    version: str
    inexpressible: Inexpressibles = Inexpressibles.REFUSE
    routes: dict[str, RouteView] = {}
    routing: RoutingView = RoutingView()
    fetch: Fetch = Fetch()
    fetch_origin: int | None = None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """One address to call and the key to call it with. Only the egress (or a merged edge) sees it.

    `headers` are complete header lines to send with every call (name, value), the key included.
    `path_prefix` is what every request target must start with. `identity` is a document of `signing.identities`,
    `region` where AWS's requests are signed for. With `fetch` it stands for all that may be fetched, and has neither
    host nor headers.
    """

    name: str
    scheme: str
    host: str
    port: int
    path_prefix: str
    headers: tuple[tuple[str, str], ...]
    ca_file: str
    proxy: str
    max_connections: int
    connect_timeout_s: float
    identity: dict[str, object] | None = None
    region: str = ""
    allow_private: bool = False
    fetch: Fetch | None = None

    def __repr__(self) -> str:
        return f"<origin {self.name}>"
