"""What each child is handed at its start."""

import msgspec

from narrowgate.config.schema import Journal, Logging
from narrowgate.config.snapshot import EdgeSettings
from narrowgate.identity.keys import VirtualKey


class EdgeStart(msgspec.Struct, frozen=True, kw_only=True):
    """An edge's start: settings, keys known then, and the descriptors it inherits.

    `origins` is the table with keys for custody `merged`, None for `split`. `column` is its own
    column of the counters, `columns` how many are in use. `call_prefix` makes call ids unique. `is_alone` is
    true when no other edge lives; `edges` are as many as share the limits of targets. `id_secret` proves names of
    stored responses.
    """

    settings: EdgeSettings
    keys: tuple[VirtualKey, ...]
    slot: int
    listener_fds: tuple[int, ...]
    counters_fd: int
    column: int
    columns: int
    call_prefix: str
    needs_egress: bool
    is_alone: bool
    edges: int = 1
    id_secret: bytes = b""
    origins: bytes | None = None


class ControlStart(msgspec.Struct, frozen=True, kw_only=True):
    """The control process's start. `admin_digest` is the SHA-256 of the admin token, `exposure` a JSON document."""

    data: str
    admin_digest: bytes
    listener_fd: int
    log: Logging
    exposure: bytes = b""


class RecorderStart(msgspec.Struct, frozen=True, kw_only=True):
    """The recorder's start."""

    data: str
    journal: Journal
    log: Logging


EDGE_DECODER = msgspec.msgpack.Decoder(EdgeStart)
CONTROL_DECODER = msgspec.msgpack.Decoder(ControlStart)
RECORDER_DECODER = msgspec.msgpack.Decoder(RecorderStart)
ENCODER = msgspec.msgpack.Encoder()
