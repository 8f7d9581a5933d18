import contextlib
import os
import signal
import time
from collections.abc import Iterator

import pytest

from narrowgate.adapters.telemetry.log import Log
from narrowgate.config.schema import LogFormat
from narrowgate.sandbox.profile import Role
from narrowgate.supervisor import supervise
from narrowgate.supervisor.child import UNSEALED_STATUS
from narrowgate.supervisor.hands import OwnHands
from narrowgate.supervisor.process import Child, Handed
from narrowgate.supervisor.supervise import Supervisor

pytestmark = pytest.mark.slow
LOG = Log("t", LogFormat.HUMAN, lambda: 0)


class Nothing:
    """A plan whose children end at once: what is left is the supervisor."""

    edges = 1
    drain_s = 0.1
    needs_egress = False
    requires_seal = False

    def __init__(self) -> None:
        self.reclaimed: list[int] = []
        self.started = 0

    def egress_is_handed(self) -> Handed:
        return Handed(Role.EGRESS, b"[]")

    def edge_is_handed(self, child: Child, columns: int, *, is_alone: bool) -> Handed:
        self.started += 1
        return Handed(Role.EDGE, b"")

    def control_is_handed(self) -> Handed:
        return Handed(Role.CONTROL, b"")

    def recorder_is_handed(self) -> Handed:
        return Handed(Role.RECORDER, b"")

    def open_segment(self, child: Child) -> int | None:
        return os.open(os.devnull, os.O_WRONLY)

    def reclaim(self, column: int) -> None:
        self.reclaimed.append(column)
        if len(self.reclaimed) == 3:
            os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def own_signals() -> Iterator[None]:
    """Give signals back as they were."""
    handlers = {number: signal.getsignal(number) for number in (15, 2, 1, 17)}
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in handlers.items():
            signal.signal(number, handler)


class Unsealed(Child):
    """A child that ends because it cannot be sealed."""

    def exit_status(self) -> int | None:
        return UNSEALED_STATUS


def test_a_child_that_cannot_be_sealed_ends_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "Child", Unsealed)
    plan = Nothing()
    with own_signals():
        supervisor = Supervisor(plan, lambda: None, lambda: False, LOG, time.monotonic, OwnHands())
        assert supervisor.run(lambda: None) == 1
    assert plan.started == 1


def test_what_crashes_is_started_again_until_told_to_stop() -> None:
    plan = Nothing()
    now = [0.0]

    def clock() -> float:
        now[0] += 0.05
        return now[0]

    supervisor = Supervisor(plan, lambda: None, lambda: False, LOG, clock, OwnHands())
    with own_signals():
        assert supervisor.run(lambda: None) == 0
    assert plan.started >= 3
    assert set(plan.reclaimed) == {1}
