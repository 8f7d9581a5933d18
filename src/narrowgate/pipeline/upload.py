"""A call whose body is a form: it streams through, or is collected where the provider has other fields."""

from collections.abc import Mapping
from functools import partial

from narrowgate.model.fault import Failed
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.faults import invalid_body
from narrowgate.pipeline.lane import refuse
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.service_call import line_to, lines_of
from narrowgate.pipeline.service_relay import ServiceRelay
from narrowgate.pipeline.services import form_service_of
from narrowgate.pipeline.target import forwarded_lines
from narrowgate.providers.services.service import FormService
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import read_form
from narrowgate.wire.multipart import boundary_of

_TYPE = b"content-type"


class UploadCall(Call):
    """Planned as soon as the model's name is known, sent piece by piece or once it is complete."""

    __slots__ = ("_form_headers", "_pieces", "_service")

    _form_headers: Mapping[bytes, bytes]
    _pieces: list[bytes]
    _service: FormService | None

    def begin_upload(self, name: str) -> str:
        """Plan an upload for model `name`; return the provider's name of the model.

        Raises:
            Failed: the call may not be made; `fail` it with the fault.
        """
        self._service = None
        target = self.plan(name)
        self.line_of(target)
        if self._principal.has_limits:
            self.reserve(0, None)
        self._service = form_service_of(target.provider.profile, self._operation)
        if self._service is None:
            self._relay = Relay(self, self._client, target, self._operation)
        return target.model

    def send_upload(self, framing: bytes, data: bytes, headers: Mapping[bytes, bytes]) -> None:
        """Open the exchange of a planned upload with the first bytes of its body, unless it is collected."""
        target, relay = self._target, self._relay
        assert target is not None
        self._request_bytes = len(data)
        if self._service is not None:
            self._pieces, self._form_headers = [data], headers
            return
        assert relay is not None
        lines = b"%b%b%b\r\n" % (target.rest_head, forwarded_lines(target, headers), framing)
        self.send(target, relay, self.line_of(target), lines, data)

    @property
    def is_collected(self) -> bool:
        """Whether a planned upload is sent once it is complete; its pieces are then given without framing."""
        return self._target is not None and self._service is not None

    @property
    def is_model_in_path(self) -> bool:
        """Whether the planned provider is told the model by the path alone."""
        return self._target is not None and self._target.provider.model_in_path

    def upload(self, data: bytes) -> None:
        """Send more of a request body."""
        self._request_bytes += len(data)
        if self._service is not None:
            self._pieces.append(data)
        elif self._relay is not None and self._relay.exchange is not None:
            self._relay.exchange.write(data)

    def end_upload(self) -> None:
        """Send what was collected."""
        if self._service is None:
            return
        try:
            self._send_collected(self._service)
        except WireError as error:
            self.fail(invalid_body(error))
        except Failed as failed:
            self.fail(failed.fault)

    def _send_collected(self, service: FormService) -> None:
        target, headers = self._target, self._form_headers
        assert target is not None
        form = read_form(b"".join(self._pieces), boundary_of(headers.get(_TYPE, b"")))
        self._pieces = []
        made = service.to_wire(form, target.model)
        refuse(made.inexpressible, str, target, self.policy(headers))
        relay = self._relay = ServiceRelay(self, self._client, target, self._operation, made)
        relay.read_with(partial(service.from_wire, asked=form))
        lines = target.rest_head + forwarded_lines(target, headers) + lines_of(made)
        self.send(target, relay, line_to(self.line_of(target), made), lines, made.body)
