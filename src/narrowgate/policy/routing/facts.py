"""What is known of a call when its target is chosen."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

_NONE: Mapping[str, object] = MappingProxyType({})
_NO_HEADERS: Mapping[bytes, bytes] = MappingProxyType({})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What conditions and strategies may ask about a call.

    `model` is the name the client wrote, `operation` the word of the enum; `key` and `team` are ids. `headers` are the
    client's, names in lower case. `params` are the top-level fields of the body (what of them is wanted by any
    condition is enough), `metadata` is its field of that name. `budget_used` is the share of the key's budget that is
    spent or held, `unix_ms` is the time of day. `tags` must all be among a target's.
    """

    model: str = ""
    operation: str = ""
    key: str = ""
    team: str = ""
    headers: Mapping[bytes, bytes] = _NO_HEADERS
    params: Mapping[str, object] = _NONE
    metadata: Mapping[str, object] = _NONE
    budget_used: float = 0.0
    input_bytes: int = 0
    unix_ms: int = 0
    tags: frozenset[str] = frozenset()
