"""Calls that are no conversation, to providers that have a form of their own for them."""

from collections.abc import Callable, Mapping
from functools import partial

from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.lane import refuse
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.service_relay import ServiceRelay
from narrowgate.pipeline.services import service_of
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.policy.budget.estimate import DEFAULT_OUTPUT_TOKENS
from narrowgate.providers.services.service import Prepared
from narrowgate.schemas.openai import RequestHead


class ServiceCall(Conversation):
    """One call for vectors, a ranking or speech: as it came, or as the provider wants it."""

    __slots__ = ()

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        service = service_of(target.provider.profile, self._operation)
        if service is None:
            super(Conversation, self)._go(target, head, body, headers)  # as it came: it is no conversation
            return
        line = self.line_of(target)
        made = service.to_wire(body, target.model)
        refuse(made.inexpressible, str, target, self.policy(headers))
        if self._principal.has_limits:
            is_counted = self._principal.key.budget_usd_e9 is not None
            self.reserve(len(body), DEFAULT_OUTPUT_TOKENS if is_counted else None)
        relay = self._relay = ServiceRelay(self._owner(), self._front(), target, self._operation, made)
        relay.rewrite = self._rewriter()
        if not service.passes:
            relay.read_with(partial(service.from_wire, asked=body))
        lines = target.rest_head + forwarded_lines(target, headers) + lines_of(made)
        self.send(target, relay, line_to(line, made), lines, made.body)

    def _new_relay(self, target: Target) -> Relay:
        relay = super()._new_relay(target)
        relay.rewrite = self._rewriter()
        return relay

    def _rewriter(self) -> Callable[[bytes], bytes] | None:
        """Return what puts the gateway's answer in the client's form, None where that is the gateway's."""
        return None


def lines_of(made: Prepared) -> bytes:
    """Return the header lines that go with a prepared body, and the empty one."""
    more = "".join(f"{name}: {value}\r\n" for name, value in made.headers).encode("ascii")
    return b"%bcontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (more, made.content_type, len(made.body))


def line_to(line: bytes, made: Prepared) -> bytes:
    """Return an operation's request line with what a prepared request adds to its target."""
    method, at, version = line.split(b" ", 2)
    path, mark, query = at.partition(b"?")
    queries = b"&".join(one for one in (query, made.query.encode("ascii")) if one)
    return b"%b %b%b%b%b %b" % (method, path, made.suffix.encode("ascii"), b"?" if queries else mark, queries, version)
