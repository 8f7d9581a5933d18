"""What is written down about one call: the journal's line and the usage row."""

import msgspec

from narrowgate.model.usage import Count, Usage


class CallRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One call as it ended. Encoded as a JSON array, so fields are only ever added at the end.

    `fault` is a FaultKind value or "" for success. `usage` is None when the provider told none.
    `cost_usd_e9` is in 1e-9 USD, None when unknown (no usage, or no price known).
    `is_estimated` marks usage or cost that the gateway estimated (aborted streams, lost calls).
    Times: `started_at_ms` is Unix time in ms; the others are durations in microseconds,
    `first_byte_us` from request complete to the first byte sent to the client (0: none),
    `overhead_us` is the gateway's own work. `counted_usd_e9` is what the call counted for against its
    key's budget, which differs from the cost where that is unknown or failed attempts cost something; 0 for a key
    without a budget. `receipt` is JSON that tells where the call went and why, "" when there was no choice.
    """

    call_id: str
    started_at_ms: Count
    key_id: str
    operation: str
    provider: str
    model: str
    upstream_model: str
    is_stream: bool
    status: Count
    fault: str
    usage: Usage | None
    cost_usd_e9: Count | None
    is_estimated: bool
    duration_us: Count
    first_byte_us: Count
    overhead_us: Count
    attempts: Count
    request_bytes: Count
    response_bytes: Count
    client_address: str
    counted_usd_e9: Count = 0
    receipt: str = ""


ENCODER = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder(CallRecord)
