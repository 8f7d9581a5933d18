"""What is done with a request once its head is read: a call, an upload, a page, an admin call."""

from collections.abc import Callable

from narrowgate.adapters.server.contract import Request
from narrowgate.adapters.server.keyring import check_proof
from narrowgate.dialects.registry import Route
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.passthrough import PassthroughCall, is_passthrough
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.stored import StoredCall
from narrowgate.pipeline.upload import UploadCall
from narrowgate.wire.errors import WireError
from narrowgate.wire.http1 import LAST_CHUNK, chunk
from narrowgate.wire.multipart import ModelField, boundary_of

# A form whose files come before its model name is held up to this; OpenAI's own limit for audio
# files is 25 MB, and its SDKs send the fields first.
_FORM_LIMIT_BYTES = 32 << 20


class Inference:
    """Collects a JSON body and starts a call with it."""

    __slots__ = ("_call", "_client", "_edge", "_pieces", "_principal", "_request", "_route")

    def __init__(self, edge: Edge, client: Client, request: Request, principal: Principal, route: Route) -> None:
        self._edge = edge
        self._client = client
        self._request = request
        self._principal = principal
        self._route = route
        self._pieces: list[bytes] = []
        self._call: Call | None = None

    def body(self, data: bytes) -> None:
        """Collect a piece."""
        self._pieces.append(data)

    def complete(self) -> None:
        """Start the call."""
        pieces = self._pieces
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._pieces = []
        make = maker_of(self._route, self._request.query)
        call = self._call = make(self._edge, self._client, self._principal)
        fault = check_proof(self._edge, self._request, self._principal, body)
        if fault is not None:
            call.fail(fault)
            return
        call.begin(body, self._route.model, self._request.headers)

    def client_gone(self) -> None:
        """Cancel the call."""
        if self._call is not None:
            self._call.client_gone()

    def client_paused(self) -> None:
        """Pass it on."""
        if self._call is not None:
            self._call.client_paused()

    def client_resumed(self) -> None:
        """Pass it on."""
        if self._call is not None:
            self._call.client_resumed()

    def check(self, now_ns: int) -> None:
        """Pass it on."""
        if self._call is not None:
            self._call.check(now_ns)


class Passthrough(Inference):
    """Collects a body and passes it on unread."""

    __slots__ = ()

    def complete(self) -> None:
        """Start the call."""
        request, body = self._request, b"".join(self._pieces)
        self._pieces = []
        kind = PassthroughCall if is_passthrough(request.path) else StoredCall
        call = self._call = kind(self._edge, self._client, self._principal, self._route.operation)
        fault = check_proof(self._edge, request, self._principal, body)
        if fault is not None:
            call.fail(fault)
            return
        call.pass_on(request.method, request.url, body, request.headers)


class Upload:
    """Passes a form on, with the model name in it replaced."""

    __slots__ = ("_call", "_field", "_is_sent", "_model", "_planned", "_request")

    def __init__(self, edge: Edge, client: Client, request: Request, principal: Principal, route: Route) -> None:
        try:
            boundary = boundary_of(request.headers.get(b"content-type", b""))
        except WireError as error:
            raise Failed(Fault(FaultKind.BAD_REQUEST, str(error), param="content-type")) from None
        self._field = ModelField(boundary, _FORM_LIMIT_BYTES)
        self._request = request
        self._model = route.model
        self._planned: str | None = None  # the provider's name of the model
        self._is_sent = False
        self._call = UploadCall(edge, client, principal, route.operation)

    def body(self, data: bytes) -> None:
        """Pass a piece on, or look for the model name in it first.

        A model in the path is the one that was checked: the form's own is replaced by it, too.
        """
        if self._call.is_over or (self._model is not None and not self._plan(self._model)):
            return
        if not self._is_sent and self._planned is not None and self._call.is_model_in_path:
            self._open(data, 0)
            return
        found = None
        if not self._call.is_model_in_path:
            try:
                found = self._field.feed(data)  # after the first model, it minds that there is no second
            except WireError as error:
                self._call.give_up(Fault(FaultKind.BAD_REQUEST, str(error), param=error.path, code="invalid_form"))
                return
        if self._is_sent:
            self._call.upload(self._framed(data))
        elif found is not None and self._plan(self._model or found.value.decode("utf-8", "replace").strip()):
            new = (self._planned or "").encode()
            self._open(found.before + new + found.after, len(new) - len(found.value))

    def complete(self) -> None:
        """The form is over."""
        if self._call.is_over:
            return
        if not self._is_sent:
            fault = Fault(
                FaultKind.BAD_REQUEST, "model: the form has no such field; name one as 'provider/model'", param="model"
            )
            self._call.fail(fault)
        elif self._call.is_collected:
            self._call.end_upload()
        elif self._request.length is None:
            self._call.upload(LAST_CHUNK)

    def client_gone(self) -> None:
        """Cancel the call."""
        self._call.client_gone()

    def client_paused(self) -> None:
        """Pass it on."""
        self._call.client_paused()

    def client_resumed(self) -> None:
        """Pass it on."""
        self._call.client_resumed()

    def check(self, now_ns: int) -> None:
        """Pass it on."""
        self._call.check(now_ns)

    def _plan(self, name: str) -> bool:
        """Plan the call once; say whether it can be made."""
        if self._planned is None:
            try:
                self._planned = self._call.begin_upload(name)
            except Failed as failed:
                self._call.fail(failed.fault)
        return self._planned is not None

    def _open(self, data: bytes, growth: int) -> None:
        self._is_sent = True
        request = self._request
        lines = b"content-type: %b\r\n" % request.headers.get(b"content-type", b"")
        if request.length is None:
            lines += b"transfer-encoding: chunked\r\n"
        else:
            lines += b"content-length: %d\r\n" % (request.length + growth)
        self._call.send_upload(lines, self._framed(data), request.headers)

    def _framed(self, data: bytes) -> bytes:
        return chunk(data) if self._request.length is None and data and not self._call.is_collected else data


class Page:
    """Answers with what a function makes once the request is complete."""

    __slots__ = ("_client", "_make", "_pieces")

    def __init__(self, client: Client, make: Callable[[bytes], tuple[int, bytes, bytes]]) -> None:
        self._client = client
        self._make = make
        self._pieces: list[bytes] = []

    def body(self, data: bytes) -> None:
        """Collect a piece."""
        self._pieces.append(data)

    def complete(self) -> None:
        """Make the page and send it."""
        status, lines, body = self._make(b"".join(self._pieces))
        self._client.deliver(self._client.whole(status, lines, body))

    def client_gone(self) -> None:
        """Nothing is held."""

    def client_paused(self) -> None:
        """Pages are short."""

    def client_resumed(self) -> None:
        """Pages are short."""

    def check(self, now_ns: int) -> None:
        """Pages take no time."""


class Waiting(Page):
    """Answers with what arrives later; `ask` gets the body and a function to call with the answer."""

    __slots__ = ("_ask", "_is_gone")

    def __init__(
        self, client: Client, ask: Callable[[bytes, Callable[[tuple[int, bytes, bytes]], None]], None]
    ) -> None:
        super().__init__(client, lambda _body: (500, b"", b""))
        self._ask = ask
        self._is_gone = False

    def complete(self) -> None:
        """Ask."""
        self._ask(b"".join(self._pieces), self._answer)

    def client_gone(self) -> None:
        """The answer is not wanted any more."""
        self._is_gone = True

    def _answer(self, answer: tuple[int, bytes, bytes]) -> None:
        if not self._is_gone:
            self._is_gone = True
            status, lines, body = answer
            self._client.deliver(self._client.whole(status, lines, body))
