"""Behind the listener: which request may go where. What no table names is refused."""

import ipaddress
from collections.abc import Callable
from typing import Protocol

from narrowgate import __version__
from narrowgate.adapters.server.connection import ClientConnection
from narrowgate.adapters.server.contract import Connection, Exchange, Refused, Request
from narrowgate.adapters.server.handlers import Inference, Page, Passthrough, Upload, Waiting
from narrowgate.adapters.server.heads import Heads, KnownCall
from narrowgate.adapters.server.keyring import check_proof, identify
from narrowgate.adapters.server.pages import Pages
from narrowgate.adapters.server.turn import Turn
from narrowgate.dialects.listings import listing_of
from narrowgate.dialects.openai.errors import render_fault
from narrowgate.dialects.openai.routes import MODELS_PATHS, is_upload, model_of
from narrowgate.dialects.registry import Route, dialect_of, fault_lines, route_of
from narrowgate.model.admin import AdminAnswer, AdminRequest
from narrowgate.model.fault import Failed, Fault, FaultKind, http_status
from narrowgate.model.operation import Operation
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.passthrough import is_passthrough
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.stored import is_stored

_S = 1_000_000_000
_JSON = b"content-type: application/json\r\n"
_LOOPBACK = ("127.", "::1", "unix")
_ADMIN_BODY_LIMIT = 1 << 20
_SHOW_PATHS = frozenset({b"/api/show", b"/ollama/api/show"})
_PASSTHROUGH = Route(Operation.PASSTHROUGH)

Answer = tuple[int, bytes, bytes]


class Control(Protocol):
    """The way to the control process."""

    @property
    def is_up(self) -> bool:
        """Whether control can be asked."""

    def ask(self, request: AdminRequest, answer: Callable[[AdminAnswer | None], None]) -> None:
        """Ask; `answer` is called with None when control is gone."""


class Gate:
    """The door of one edge: limits, routes, keys. Implements `contract.Door`."""

    def __init__(self, edge: Edge, control: Control, pages: Pages, turn: Turn) -> None:
        listen = edge.settings.listen
        self._edge = edge
        self._control = control
        self._pages = pages
        self.turn = turn
        self._listen = listen
        self.max_body_bytes = listen.max_body_bytes
        self.max_head_bytes = listen.max_head_bytes
        self.max_headers = listen.max_headers
        self.head_timeout_ns = int(listen.head_timeout_s * _S)
        self.body_idle_ns = int(listen.body_idle_timeout_s * _S)
        self.keep_alive_ns = int(listen.keep_alive_s * _S)
        self.write_idle_ns = int(listen.write_idle_timeout_s * _S)
        self.now_ns = edge.work_ns
        self.connections: set[Connection] = set()
        self._heads = Heads(self._recognise)
        self._trusted = [ipaddress.ip_network(text, strict=False) for text in listen.trusted_proxies]

    # -- the listener's side ---------------------------------------------------------------------------

    def connect(self) -> ClientConnection:
        """Make the protocol of a new connection."""
        return ClientConnection(self, self._heads)

    def joined(self, connection: Connection) -> bool:
        """Count a new connection."""
        self.connections.add(connection)
        return len(self.connections) <= self._listen.max_connections

    def left(self, connection: Connection) -> None:
        """Forget a connection."""
        self.connections.discard(connection)

    def address_of(self, connection: Connection, request: Request) -> str:
        """Return the client's address; a forwarded one only from a trusted proxy."""
        if not self._trusted or b"x-forwarded-for" not in request.headers:
            return connection.peer
        hops = [hop.strip() for hop in request.headers[b"x-forwarded-for"].decode("latin-1").split(",")]
        address = connection.peer
        for hop in reversed(hops):
            if not self._is_trusted(address):
                break
            address = hop[:64]
        return address

    def refusal(self, fault: Fault, path: bytes = b"") -> Answer:
        """Render a fault without a call, in the dialect of the path."""
        status = http_status(fault.kind)
        self._edge.tally.refused(status)
        lines = _JSON
        if fault.retry_after_s is not None:
            lines += b"retry-after: %d\r\n" % fault.retry_after_s
        if fault.kind is FaultKind.UNAUTHENTICATED:
            lines += b"www-authenticate: Bearer\r\n"
        route = route_of(path)
        dialect = None
        if route is not None:
            lines += fault_lines(route, fault)
            dialect = dialect_of(route)
        return status, lines, dialect.render_fault(fault) if dialect is not None else render_fault(fault)

    def admit(self, connection: Connection, request: Request) -> Exchange:
        """Find what handles `request`; see `contract.Door`."""
        path = request.path
        if b"origin" in request.headers and request.method != b"OPTIONS":
            request.extra_lines = self.cors_lines(request)
        route = route_of(path)
        if route is None:
            if (is_passthrough(path) or is_stored(path)) and request.method != b"OPTIONS":
                return Passthrough(self._edge, connection, request, self.identify(request), _PASSTHROUGH)
            return self._other(connection, request)
        if request.method != b"POST":
            return self._not_post(connection, request)
        principal = self.identify(request)
        try:
            return self._inference(connection, request, principal, route)
        except Failed as failed:
            raise Refused(failed.fault) from None

    def identify(self, request: Request) -> Principal:
        """Return whose key the request carries; of a signed one only once its body is there is that sure.

        Raises:
            Refused: no key, or none that is valid now.
        """
        return identify(self._edge, request)

    def count_internal_error(self) -> None:
        """Count a bug."""
        self._edge.tally.internal_error()

    def sweep(self) -> None:
        """Let every connection look at the clock."""
        now_ns = self.now_ns()
        for connection in list(self.connections):
            connection.check(now_ns)

    def drain(self) -> None:
        """Let every connection end after its present call."""
        for connection in list(self.connections):
            connection.drain()

    # -- routes ------------------------------------------------------------------------------------------

    def _inference(self, connection: Connection, request: Request, principal: Principal, route: Route) -> Exchange:
        if is_upload(route.operation, request.headers.get(b"content-type", b"")):
            if request.proof is not None:  # it would have to be held whole to be checked
                raise Refused(Fault(FaultKind.BAD_REQUEST, "forms cannot be signed; send a virtual key"))
            return Upload(self._edge, connection, request, principal, route)
        if request.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Refused(
                Fault(FaultKind.BAD_REQUEST, "compressed request bodies are not accepted", param="content-encoding")
            )
        return Inference(self._edge, connection, request, principal, route)

    def _recognise(self, request: Request) -> KnownCall | None:
        """Return what every further request with this head is, if that is a call; see `Heads`.

        An expiry or a signature is a reason to look anew each time.
        """
        route = route_of(request.path)
        headers = request.headers
        if (
            route is None
            or request.method != b"POST"
            or is_upload(route.operation, headers.get(b"content-type", b""))
            or b"content-encoding" in headers
            or b"expect" in headers
            or b"upgrade" in headers
            or b"key=" in request.query  # a key must not stay in memory
        ):
            return None
        try:
            principal = self.identify(request)
        except Refused:
            return None
        if principal.key.expires_at_s is not None or request.proof is not None:
            return None
        return KnownCall(self._edge, request, principal, route)

    def _not_post(self, connection: Connection, request: Request) -> Exchange:
        if request.method == b"OPTIONS":
            return Page(connection, lambda _body: self._preflight(request))
        if b"upgrade" in request.headers:
            # Codex asks for a WebSocket first and falls back to POST on 426 alone.
            raise Refused(Fault(FaultKind.UPGRADE_REFUSED, "WebSockets are not offered here; use POST"))
        raise Refused(_wrong_method("POST"))

    def _other(self, connection: Connection, request: Request) -> Exchange:
        path, method = request.path, request.method
        if method == b"OPTIONS":
            return Page(connection, lambda _body: self._preflight(request))
        if path.startswith(b"/admin/") or path == b"/admin":
            return Waiting(connection, lambda body, answer: self._admin(connection, request, body, answer))
        if path in _SHOW_PATHS and method == b"POST":
            principal = self._unsigned(request)
            return Page(connection, lambda body: self._pages.show(principal, body))
        make = self._page(connection, request)
        if make is None:
            shown = path[:100].decode("latin-1")
            raise Refused(Fault(FaultKind.NOT_FOUND, f"there is nothing at '{shown}'", code="unknown_url"))
        if method not in {b"GET", b"HEAD"}:
            raise Refused(_wrong_method("GET"))
        return make

    def _page(self, connection: Connection, request: Request) -> Exchange | None:
        path, pages = request.path, self._pages
        if path == b"/":
            return Page(connection, lambda _body: pages.root())
        if path == b"/health/live":
            return Page(connection, lambda _body: pages.live())
        if path in {b"/health/ready", b"/health"}:
            return Page(connection, lambda _body: pages.ready())
        if path == b"/metrics":
            return Waiting(connection, lambda body, answer: self._metrics(connection, request, body, answer))
        if path == b"/exposure":
            return Waiting(connection, lambda body, answer: self._admin(connection, request, body, answer))
        if path == b"/v1/capabilities":
            principal = self._unsigned(request)
            return Page(connection, lambda _body: pages.capabilities(principal))
        listing = listing_of(path, request.headers, __version__)
        if listing is not None:
            principal = self._unsigned(request)
            return Page(connection, lambda _body: pages.listing(principal, listing))
        if path in MODELS_PATHS:
            principal = self._unsigned(request)
            return Page(connection, lambda _body: pages.models(principal))
        model = model_of(path)
        if model is not None:
            principal = self._unsigned(request)
            return Page(connection, lambda _body: pages.model(principal, model))
        return None

    def _unsigned(self, request: Request) -> Principal:
        principal = self.identify(request)
        fault = check_proof(self._edge, request, principal, b"")
        if fault is not None:
            raise Refused(fault)
        return principal

    def _preflight(self, request: Request) -> Answer:
        """Answer OPTIONS; a browser's other origins get permission only if configured."""
        return 204, b"allow: GET, HEAD, POST, OPTIONS\r\n" + self.cors_lines(request), b""

    def cors_lines(self, request: Request) -> bytes:
        """Return the header lines that let a browser's page call, or nothing."""
        origins = self._listen.cors.origins
        origin = request.headers.get(b"origin", b"").decode("latin-1")
        if not origin or (origin not in origins and "*" not in origins):
            return b""
        return (
            f"access-control-allow-origin: {origin}\r\nvary: origin\r\n"
            "access-control-allow-methods: GET, POST, PATCH, DELETE, OPTIONS\r\n"
            "access-control-allow-headers: authorization, content-type, x-api-key, api-key, openai-beta, "
            "idempotency-key\r\n"
            "access-control-max-age: 600\r\n"
        ).encode("latin-1")

    def _metrics(
        self, connection: Connection, request: Request, _body: bytes, answer: Callable[[Answer], None]
    ) -> None:
        """Counters tell models and spend: open on this machine, else for the admin token."""
        if connection.peer.startswith(_LOOPBACK) and not self._control.is_up:
            answer(self._pages.metrics())
            return
        path = "/metrics" if connection.peer.startswith(_LOOPBACK) else "/admin/metrics"
        self._ask(connection, request, path, b"", answer)

    def _admin(self, connection: Connection, request: Request, body: bytes, answer: Callable[[Answer], None]) -> None:
        if len(body) > _ADMIN_BODY_LIMIT:
            answer(self.refusal(Fault(FaultKind.TOO_LARGE, f"an admin request is at most {_ADMIN_BODY_LIMIT} bytes")))
            return
        self._ask(connection, request, request.path.decode("latin-1"), body, answer)

    def _ask(
        self, connection: Connection, request: Request, path: str, body: bytes, answer: Callable[[Answer], None]
    ) -> None:
        asked = AdminRequest(
            method=request.method.decode("latin-1"),
            path=path,
            query=request.query.decode("latin-1"),
            authorization=_admin_authorization(request.headers),
            body=body,
            client_address=connection.address,
        )

        def pass_on(reply: AdminAnswer | None) -> None:
            if reply is None:
                fault = Fault(
                    FaultKind.OVERLOADED, "the control process is being restarted; try again", retry_after_s=1
                )
                answer(self.refusal(fault))
            else:
                answer((reply.status, f"content-type: {reply.content_type}\r\n".encode("latin-1"), reply.body))

        self._control.ask(asked, pass_on)

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return address == "unix"
        return any(parsed in network for network in self._trusted)


def _admin_authorization(headers: dict[bytes, bytes]) -> str:
    value = headers.get(b"authorization")
    if value is None and b"x-api-key" in headers:
        value = b"Bearer " + headers[b"x-api-key"]
    return (value or b"").decode("latin-1")


def _wrong_method(allowed: str) -> Fault:
    return Fault(FaultKind.METHOD_NOT_ALLOWED, f"this path takes {allowed} only", code="method_not_allowed")
