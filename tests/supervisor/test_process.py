import os

import pytest

from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.hands import OwnHands
from narrowgate.supervisor.process import Backoff, Child, Handed


def test_a_first_crash_is_forgiven_and_later_ones_wait_longer() -> None:
    backoff = Backoff()
    delays = [backoff.delay_s("edge-0", 1.0) for _ in range(8)]
    assert delays[0] == 0
    assert delays == sorted(delays)
    assert delays[-1] == 5.0
    assert backoff.delay_s("egress", 1.0) == 0
    assert backoff.delay_s("edge-0", 100.0) == 0


@pytest.mark.slow
def test_a_child_without_work_ends_and_tells_how() -> None:
    child = Child("nonsense", 0, 1)
    child.start(Handed(Role.EDGE, b""), 0.0, OwnHands(), is_seal_required=False)
    assert child.pid
    while child.exit_status() is None:
        os.sched_yield()
    assert child.exit_status() == 1
    child.close()
    assert Child("edge", 3, 1).name == "edge-3"
