"""Responses that their provider keeps: go on from one, ask for one, delete one; each for the key that made it alone.

Source: https://platform.openai.com/docs/api-reference/responses (read 2026-11).
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

import msgspec

from narrowgate.identity.response_ids import ResponseIds, StoredResponse
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.operation import Operation
from narrowgate.model.usage import Usage
from narrowgate.pipeline.faults import kept_elsewhere, no_previous
from narrowgate.pipeline.passthrough import PassthroughCall
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.renaming import Renaming
from narrowgate.pipeline.target import Target, forwarded_lines
from narrowgate.schemas.openai import RequestHead
from narrowgate.wire.splice import splice

_PATH = re.compile(rb"(?:/openai/v1|/openai|/v1)?/responses/([^/]{1,2000})(|/cancel|/input_items)")
_METHODS: Mapping[bytes, frozenset[bytes]] = {
    b"": frozenset({b"GET", b"DELETE"}),
    b"/cancel": frozenset({b"POST"}),
    b"/input_items": frozenset({b"GET"}),
}
_TEXT = msgspec.json.Decoder(str)
_JSON = msgspec.json.Encoder()
_PARAM = "previous_response_id"


class Previous(NamedTuple):
    """A request's body with the provider's own id of the response it goes on from, and both names of that."""

    body: bytes
    names: dict[str, str]


def is_stored(path: bytes) -> bool:
    """Whether a path names a stored response."""
    return _PATH.fullmatch(path) is not None


def previous_of(ids: ResponseIds, key_id: str, head: RequestHead) -> StoredResponse | None:
    """Return the response that a request goes on from, None when it names none of this key's."""
    try:
        text = _named(head)
    except Failed:
        return None
    return None if text is None else ids.unwrap(text, key_id)


def with_previous(ids: ResponseIds, key_id: str, target: Target, head: RequestHead, body: bytes) -> Previous:
    """Return the body of a Responses request as the provider has to get it.

    Raises:
        Failed: BAD_REQUEST; it goes on from a response that is not the key's or not the provider's.
        WireError: as `splice`.
    """
    text = _named(head)
    if text is None:
        return Previous(body, {})
    provider = target.provider
    if not provider.keeps_responses:
        why = f"provider '{provider.name}' keeps no responses; send the whole conversation"
        raise Failed(Fault(FaultKind.BAD_REQUEST, f"{_PARAM}: {why}", param=_PARAM, code="unsupported_parameter"))
    stored = ids.unwrap(text, key_id)
    if stored is None:
        raise Failed(no_previous(f"'{_shown(text)}' is not one that this key made"))
    if (stored.provider, stored.key_name) != (provider.name, target.key_name):
        raise Failed(kept_elsewhere(stored))
    return Previous(splice(body, {_PARAM.encode(): _JSON.encode(stored.id)}, head.long_values()), {stored.id: text})


def renaming(ids: ResponseIds, key_id: str, target: Target, client: Client, names: dict[str, str]) -> Renaming:
    """Return `client` as it is to be told of responses: by names that are its own. `names` are known already."""
    keeper = (target.provider.name, target.key_name)
    return Renaming(client, lambda raw: ids.wrap(StoredResponse(*keeper, raw), key_id), names)


class StoredCall(PassthroughCall):
    """A call about one stored response. It is free: what the answer used was told when it was made."""

    __slots__ = ()

    def _pass_on(self, method: bytes, target_path: bytes, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        path, _, query = target_path.partition(b"?")
        match = _PATH.fullmatch(path)
        assert match is not None
        if method not in _METHODS[match[2]]:
            allowed = " and ".join(sorted(name.decode() for name in _METHODS[match[2]]))
            raise Failed(Fault(FaultKind.METHOD_NOT_ALLOWED, f"this path takes {allowed} only"))
        key = self._principal.key
        text = unquote_to_bytes(match[1]).decode("utf-8", "replace")
        stored = self._edge.response_ids.unwrap(text, key.id)
        target = self._edge.targets.with_key(stored.provider, stored.key_name) if stored is not None else None
        way = target.provider.paths.get(Operation.RESPONSES) if target is not None else None
        if stored is None or target is None or way is None or not self._principal.may_reach(stored.provider):
            message = f"there is no response '{_shown(text)}' of this key"
            raise Failed(Fault(FaultKind.NOT_FOUND, message, param="response_id", code="response_not_found"))
        self._name, self._target = target.name, target
        if self._principal.has_limits:
            self.reserve(0, None)
        self._request_bytes = len(body)
        base, _, own_query = way.partition("?")
        asked = [own_query.encode()] if own_query else []
        asked += [part for part in query.split(b"&") if part and not part.startswith(b"key=")]
        raw_id = quote(stored.id, safe="").encode()
        path = b"%b/%b%b" % (base.encode(), raw_id, match[2])
        line = b"%b %b HTTP/1.1\r\n" % (method, b"?".join([path, *([b"&".join(asked)] if asked else [])]))
        client = renaming(self._edge.response_ids, key.id, target, self._client, {stored.id: text})
        relay = self._relay = Relay(self, client, target, self._operation)
        length = b"content-length: %d\r\n" % len(body) if body or method == b"POST" else b""
        kind = b"content-type: application/json\r\n" if body else b""
        lines = target.rest_head + forwarded_lines(target, headers)
        self.send(target, relay, line, b"%b%b%b\r\n" % (lines, kind, length), body)

    def finish(self, status: int, data: bytes, fault: FaultKind | None, usage: Usage | None) -> None:
        """Settle without usage."""
        del usage  # it was counted by the call that made the response
        super().finish(status, data, fault, None)


def _named(head: RequestHead) -> str | None:
    """Return the name of the response that a request goes on from, None when it goes on from none.

    Raises:
        Failed: BAD_REQUEST; it is no text.
    """
    raw = head.previous_response_id
    if isinstance(raw, msgspec.UnsetType) or bytes(raw) == b"null":
        return None
    try:
        return _TEXT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Failed(Fault(FaultKind.BAD_REQUEST, f"{_PARAM}: is no text", param=_PARAM)) from None


def _shown(text: str) -> str:
    return text[:60].encode("ascii", "replace").decode()
