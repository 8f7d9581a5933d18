"""The incident of March 2026 and what else is known, replayed with harmless dummies: nothing of it has an effect.

`tools/replay.py` prints the table and writes it into docs/incident-replay.md.
"""

import os
import sys

import pytest

from narrowgate.sandbox import kernel
from narrowgate.sealed.contents import own_files
from tests.e2e.gateway import SOURCE
from tests.replay.forms import turned_egress
from tests.replay.payload import STEPS
from tests.replay.table import CONTAINER, GATEWAY, PIP, PLAIN, SEALED, Replay, replay, text
from tests.replay.trap import Trap

pytestmark = [
    pytest.mark.slow,
    # Not skipped where the kernel has no Landlock: then these fail, as they should.
    pytest.mark.skipif(kernel.look().system != "linux", reason="processes are confined on Linux only"),
]
PROCESSES = ("supervisor", "edge", "control", "recorder")


@pytest.fixture(scope="module")
def replayed() -> Replay:
    return replay()


def test_no_step_comes_through(replayed: Replay) -> None:
    print(text(replayed.rows))
    for form in GATEWAY:
        assert [(row.step, row.cells[form]) for row in replayed.rows if form not in row.stopped] == []
    for form in set(replayed.inside) - {PLAIN}:
        assert replayed.inside[form].through() == []


def test_it_is_tried_in_every_process_at_import_and_later(replayed: Replay) -> None:
    assert {PIP, SEALED, PLAIN} <= set(replayed.inside) <= {PIP, SEALED, CONTAINER, PLAIN}
    for form in set(replayed.inside) - {PLAIN}:
        tried = replayed.inside[form].steps
        assert set(tried) == {(process, when) for process in PROCESSES for when in ("import", "call")}
        assert all(set(steps) == set(STEPS) for steps in tried.values())
    assert len(replayed.rows) >= 100


# What the kernel says to what it refuses, by way of Python, urllib and the loader; and a step that found nothing.
REFUSALS = (
    "PermissionError: [Errno 1",
    "PermissionError: [Errno 13",
    "OSError: [Errno 38]",
    "URLError: <urlopen error [Errno 1]",
    "RuntimeError: can't start new thread",
    "ValueError: not allowed to raise maximum limit",
    "Refused: ",
)


def test_steps_fail_because_they_are_refused(replayed: Replay) -> None:
    others = {
        (name, what)
        for steps in replayed.inside[PIP].steps.values()
        for name, (_, what) in steps.items()
        if not what.startswith(REFUSALS) and "cannot open shared object file" not in what
    }
    assert others == set()


def test_nobody_was_reached_and_nothing_left_a_mark(replayed: Replay) -> None:
    for form in set(replayed.inside) - {PLAIN}:
        assert replayed.inside[form].seen == []


# What the egress must be able to do, or may by what the kernel cannot tell apart: see docs/adr/0009.
OF_THE_EGRESS = {
    "provider key: Python's objects",
    "a thread from before the seal",
    "UDP, connected",
}


def test_even_a_turned_egress_reaches_no_more_than_its_work_needs() -> None:
    with Trap() as trap:
        outcome, _ = turned_egress(trap)
    through = {name for name, (got, _) in outcome.steps["egress", "call"].items() if got}
    assert through == OF_THE_EGRESS
    assert set(outcome.seen) == {"a datagram to udp"}


def test_the_egress_loads_our_own_code_and_the_standard_library() -> None:
    with Trap() as trap:
        _, modules = turned_egress(trap)
    inside = {name.partition("/")[0] for name in own_files(SOURCE / "narrowgate")}
    own = {name.removesuffix("/__init__.pyc").removesuffix(".pyc") for name in own_files(SOURCE / "narrowgate")}
    loaded = {name for name in modules if name.partition(".")[0] in inside}
    assert {name.partition(".")[0] for name in modules - loaded} <= sys.stdlib_module_names | {"__main__"}
    assert {name.replace(".", "/") for name in loaded} <= own


def test_in_an_ordinary_server_the_same_steps_succeed(replayed: Replay) -> None:
    """So the steps are real, and stay so: what failed here as well would prove nothing."""
    failing = [row.step for row in replayed.rows if row.group != "release" and PLAIN in row.stopped]
    assert len(failing) <= (3 if os.geteuid() == 0 else 20), failing
    seen = replayed.inside[PLAIN].seen
    assert {"a connection to tcp", "a connection to metadata", "a datagram to udp", "a changed file: .bashrc"} <= set(
        seen
    )
