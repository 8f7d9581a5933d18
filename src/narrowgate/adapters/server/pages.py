"""What an edge answers by itself: health, models, its own metrics."""

from collections.abc import Callable

import msgspec

from narrowgate import __version__
from narrowgate.dialects.listings import Listing
from narrowgate.dialects.ollama_chat.listing import show
from narrowgate.dialects.registry import DIALECTS
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.principal import Principal
from narrowgate.policy.routing.resolve import matches

_JSON = b"content-type: application/json\r\n"
_PROMETHEUS = b"content-type: text/plain; version=0.0.4; charset=utf-8\r\n"
Answer = tuple[int, bytes, bytes]


class _Show(msgspec.Struct):
    model: str | None = None
    name: str | None = None


_SHOW = msgspec.json.Decoder(_Show)


class Pages:
    """Makes pages from the edge's state. `problems` names what keeps calls from being served.

    `sandbox` says how this process is confined; all processes of a gateway live on one kernel.
    """

    def __init__(
        self,
        edge: Edge,
        problems: Callable[[], list[str]],
        render_metrics: Callable[[], bytes],
        refusal: Callable[[Fault], Answer],
        sandbox: Callable[[], dict[str, object]],
    ) -> None:
        self._edge = edge
        self._problems = problems
        self._render_metrics = render_metrics
        self._refusal = refusal
        self._sandbox = sandbox

    def root(self) -> Answer:
        """Say who answers."""
        return 200, _JSON, msgspec.json.encode({"name": "narrowgate", "version": __version__})

    def live(self) -> Answer:
        """The process runs."""
        return 200, _JSON, b'{"status":"live"}'

    def ready(self) -> Answer:
        """Calls can be served, or why not."""
        problems = self._problems()
        status = 503 if problems else 200
        word = "not ready" if problems else "ready"
        return (
            status,
            _JSON,
            msgspec.json.encode({"status": word, "problems": problems, "sandbox": self._sandbox()}),
        )

    def metrics(self) -> Answer:
        """Return this edge's own counters."""
        return 200, _PROMETHEUS, self._render_metrics()

    def models(self, principal: Principal) -> Answer:
        """List what the key may call, in OpenAI's shape."""
        entries = [self._entry(name) for name in self._allowed(principal)]
        return 200, _JSON, msgspec.json.encode({"object": "list", "data": entries})

    def capabilities(self, principal: Principal) -> Answer:
        """Tell in which forms conversations go to each provider the key may use, and what else it offers."""
        shown = {
            view.name: {
                "kind": view.profile,
                "forms": [form.value for form in view.forms],
                "operations": [operation.value for operation in view.paths],
            }
            for view in self._edge.settings.providers
            if not principal.key.providers or any(matches(one, view.name) for one in principal.key.providers)
        }
        return 200, _JSON, msgspec.json.encode({"providers": shown, "dialects": [form.value for form in DIALECTS]})

    def listing(self, principal: Principal, make: Listing) -> Answer:
        """List what the key may call, as another dialect has it."""
        return 200, _JSON, make(self._allowed(principal), self._edge.clock.unix_ms() // 1_000)

    def show(self, principal: Principal, body: bytes) -> Answer:
        """Show one model to a client of Ollama's, which asks before it chats."""
        try:
            asked = _SHOW.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            asked = _Show()
        name = asked.model or asked.name or ""
        if not name or not self._may(principal, name):
            return 404, _JSON, msgspec.json.encode({"error": f"model '{name[:200]}' not found"})
        return 200, _JSON, show(name, self._edge.clock.unix_ms() // 1_000)

    def model(self, principal: Principal, name: str) -> Answer:
        """Show one model, or say that there is none."""
        if not self._may(principal, name):
            message = f"model '{name[:200]}' is not known; GET /v1/models lists what can be called"
            return self._refusal(Fault(FaultKind.NOT_FOUND, message, param="model", code="model_not_found"))
        return 200, _JSON, msgspec.json.encode(self._entry(name))

    def _allowed(self, principal: Principal) -> list[str]:
        return [name for name in self._names() if self._may(principal, name)]

    def _names(self) -> list[str]:
        settings = self._edge.settings
        names = {name for name in settings.aliases if not name.endswith("*")}
        names.update(settings.routes)
        names.update(f"{view.name}/{model}" for view in settings.providers for model in view.models)
        names.update(settings.prices)
        return sorted(names)

    def _may(self, principal: Principal, name: str) -> bool:
        key = principal.key
        if not key.models and not key.providers:
            return self._edge.targets.knows(name)
        way = self._edge.router.find(name)
        return way is not None and any(principal.may_use(name, target) for target in way.targets)

    def _entry(self, name: str) -> dict[str, object]:
        owner = self._edge.targets.owner(name) or "narrowgate"
        return {"id": name, "object": "model", "created": 0, "owned_by": owner}
