"""The JSON around one event of a model in a stream of Bedrock's InvokeModel.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
(read 2026-11).
"""

import msgspec


class Chunk(msgspec.Struct, frozen=True):
    """One event as the model's own API writes it; base64 in the JSON."""

    event: bytes = msgspec.field(name="bytes", default=b"")
