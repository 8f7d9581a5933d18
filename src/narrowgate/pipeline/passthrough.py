"""Calls that name a provider and a path of its own: bytes pass both ways, with the gateway's keys and records."""

import re
from collections.abc import Mapping

from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.faults import unpriced
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import forwarded_lines

_PREFIX = b"/passthrough/"
_PATH = re.compile(rb"/[\x21-\x7e]*")
_METHODS = frozenset({b"GET", b"POST", b"DELETE"})
_PASSED = (b"content-type", b"anthropic-beta", b"x-goog-user-project")


class PassthroughCall(Call):
    """A call that the gateway does not understand and therefore cannot price."""

    __slots__ = ()

    def pass_on(self, method: bytes, target_path: bytes, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        """Send the request to the provider that `target_path` (query included) names."""
        try:
            self._pass_on(method, target_path, body, headers)
        except Failed as failed:
            self.fail(failed.fault)

    def _pass_on(self, method: bytes, target_path: bytes, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        provider, _, rest = target_path.removeprefix(_PREFIX).partition(b"/")
        if method not in _METHODS:
            raise Failed(Fault(FaultKind.METHOD_NOT_ALLOWED, "only GET, POST and DELETE pass through"))
        if _PATH.fullmatch(b"/" + rest) is None or b"/../" in b"/" + rest + b"/":
            raise Failed(Fault(FaultKind.BAD_REQUEST, "the path behind the provider's name is not one", param="path"))
        # Stands for every model: an allow list must name the provider, or `provider/*`.
        target = self.plan(f"{provider.decode('latin-1')}/*")
        if target.provider.is_demo:
            raise Failed(Fault(FaultKind.NOT_FOUND, "the demo provider has no paths of its own"))
        key = self._principal.key
        if key.budget_usd_e9 is not None:
            raise Failed(unpriced(self._name))
        if self._principal.has_limits:
            self.reserve(len(body), None)
        self._request_bytes = len(body)
        line = b"%b %b/%b HTTP/1.1\r\n" % (method, target.provider.base_path.encode("ascii"), rest)
        lines = b"".join(b"%b: %b\r\n" % (name, headers[name]) for name in _PASSED if name in headers)
        relay = self._relay = Relay(self, self._client, target, self._operation)
        length = b"content-length: %d\r\n" % len(body) if body or method == b"POST" else b""
        head = target.rest_head + forwarded_lines(target, headers)
        self.send(target, relay, line, b"%b%b%b\r\n" % (head, lines, length), body)


def is_passthrough(path: bytes) -> bool:
    """Whether a path names a provider to pass through to."""
    return path.startswith(_PREFIX)
