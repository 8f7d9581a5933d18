"""The recorder process: follows the journals, keeps the database within its bounds."""

import select
import time
from pathlib import Path

from narrowgate.adapters.store.store import Store, StoreUnavailable
from narrowgate.adapters.telemetry.log import Log
from narrowgate.config.start import RECORDER_DECODER
from narrowgate.recorder.ingest import Ingest
from narrowgate.recorder.retention import apply
from narrowgate.sandbox.apply import seal_process
from narrowgate.sandbox.landlock import keeping
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.channel import Channel

_POLL_MS = 100
# After fewer records than this it waits for more: a transaction costs as much as some ten of them.
_BATCH = 1_000
_RETENTION_S = 60.0
_FAILURE_S = 1.0


def main(settings: bytes, channel_fd: int, *, is_seal_required: bool) -> int:
    """Ingest until told to stop; the last steps bring in what the edges wrote before they left."""
    start = RECORDER_DECODER.decode(settings)
    log = Log("recorder", start.log.format, lambda: time.time_ns() // 1_000_000)
    channel = Channel.from_fd(channel_fd)
    poller = select.poll()
    poller.register(channel.fileno(), select.POLLIN)
    data = Path(start.data)
    store = Store(data / "narrowgate.db", lambda: int(time.time()))
    ingest = Ingest(store, data / "journal", log.warning)
    seal_process(Role.RECORDER, keeping(str(data)), is_required=is_seal_required)
    channel.send({"is": "ready"})
    next_retention_s = 0.0
    is_stopping = False
    while True:
        try:
            progress = ingest.step()
            if time.monotonic() >= next_retention_s:
                apply(store, start.journal, int(time.time()))
                next_retention_s = time.monotonic() + _RETENTION_S
        except StoreUnavailable as error:
            log.warning(str(error))
            time.sleep(_FAILURE_S)
            if is_stopping:
                return 0
            continue
        if is_stopping:
            if not progress.records:
                return 0
            continue
        if poller.poll(0 if progress.records >= _BATCH else _POLL_MS):
            is_stopping = _is_told_to_stop(channel)


def _is_told_to_stop(channel: Channel) -> bool:
    try:
        received = channel.receive()
    except EOFError:
        return True
    return received is not None and received[0].get("do") == "stop"
