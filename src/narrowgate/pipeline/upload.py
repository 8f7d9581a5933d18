"""A call whose body is a form that streams through."""

from collections.abc import Mapping

from narrowgate.pipeline.call import Call
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import forwarded_lines


class UploadCall(Call):
    """Planned as soon as the model's name is known, sent piece by piece."""

    __slots__ = ()

    def begin_upload(self, name: str) -> str:
        """Plan a streamed upload for model `name`; return the provider's name of the model.

        Raises:
            Failed: the call may not be made; `fail` it with the fault.
        """
        target = self.plan(name)
        self.line_of(target)
        if self._principal.has_limits:
            self.reserve(0, None)
        self._relay = Relay(self, self._client, target, self._operation)
        return target.model

    def send_upload(self, framing: bytes, data: bytes, headers: Mapping[bytes, bytes]) -> None:
        """Open the exchange of a planned upload with the first bytes of its body."""
        target, relay = self._target, self._relay
        assert target is not None
        assert relay is not None
        self._request_bytes = len(data)
        lines = b"%b%b%b\r\n" % (target.rest_head, forwarded_lines(target, headers), framing)
        self.send(target, relay, self.line_of(target), lines, data)

    @property
    def is_model_in_path(self) -> bool:
        """Whether the planned provider is told the model by the path alone."""
        return self._target is not None and self._target.provider.model_in_path

    def upload(self, data: bytes) -> None:
        """Send more of a request body."""
        self._request_bytes += len(data)
        if self._relay is not None and self._relay.exchange is not None:
            self._relay.exchange.write(data)
