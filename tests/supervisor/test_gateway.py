import os
from pathlib import Path

import msgspec
import pytest

from narrowgate.adapters.config_file import fetch_secrets, load
from narrowgate.adapters.counters.shared import SharedCounters, make_table
from narrowgate.adapters.store.location import prepare
from narrowgate.adapters.telemetry.log import Log
from narrowgate.config.schema import LogFormat
from narrowgate.config.start import CONTROL_DECODER, EDGE_DECODER
from narrowgate.identity.requests import new_key
from narrowgate.policy.budget.estimate import window_at
from narrowgate.supervisor.gateway import AlreadyRunning, Place, RunningPlan, usual_edges
from narrowgate.supervisor.hands import OwnHands
from narrowgate.supervisor.process import Child
from tests.adapters.store.test_store import record

NOW_S = 1_760_000_000


@pytest.fixture
def place(tmp_path: Path) -> Place:
    prepare(tmp_path)
    return Place(tmp_path, make_table(), lambda: NOW_S, Log("t", LogFormat.HUMAN, lambda: 0), OwnHands())


def test_a_data_directory_has_one_gateway(place: Place) -> None:
    with pytest.raises(AlreadyRunning, match="another gateway"):
        Place(place.data, place.counters_fd, lambda: 0, place.log, OwnHands())


def test_budgets_go_on_where_the_database_stands(place: Place) -> None:
    key = place.store.create_key(msgspec.structs.replace(new_key("k", "d", "", 0), budget_usd_e9=100))
    place.store.ingest("s", 0, 1, [msgspec.structs.replace(record(1), started_at_ms=NOW_S * 1_000, cost_usd_e9=70)])
    place.catch_up()
    counters = SharedCounters(place.counters_fd, 1, 2)
    assert counters.spent(key.row, window_at("month", NOW_S * 1_000)) == 70


def test_only_the_egress_or_a_merged_edge_is_handed_keys(place: Place) -> None:
    for custody, has_keys in (("split", False), ("merged", True)):
        environment = {"OPENAI_API_KEY": "sk-canary", "NARROWGATE_CUSTODY": custody}
        loaded = load(None, environment)
        secret = fetch_secrets(loaded, environment)
        plan = RunningPlan(loaded.config, loaded.plan, secret.origins, place, 1, lambda: b"{}")
        place.listeners = [[]]
        _, settings, fds, openings = plan.edge_is_handed(Child("edge", 0, 1), 5, is_alone=True)
        assert (443 in openings.connect_ports) is has_keys
        assert (b"sk-canary" in settings) is has_keys
        assert fds == (place.counters_fd,)
        assert plan.needs_egress is not has_keys
        assert b"Bearer sk-canary" in plan.egress_is_handed().settings
        assert b"sk-canary" not in plan.control_is_handed().settings + plan.recorder_is_handed().settings
        assert EDGE_DECODER.decode(settings).column == 0
        handed = CONTROL_DECODER.decode(plan.control_is_handed().settings)
        assert (handed.data, handed.exposure) == (str(place.data), b"{}")


def test_each_writer_has_segments_of_its_own(place: Place) -> None:
    loaded = load(None, {})
    plan = RunningPlan(loaded.config, loaded.plan, (), place, 1)
    place.listeners = [[]]
    children = [Child("edge", 0, 1), Child("edge", 0, 2)]
    for child in children:
        plan.edge_is_handed(child, 5, is_alone=True)
    fds = [plan.open_segment(child) for child in (*children, *children)]
    assert len(list((place.data / "journal").iterdir())) == 4
    for fd in fds:
        assert fd is not None
        os.close(fd)


def test_one_processor_is_left_to_the_others() -> None:
    assert 1 <= usual_edges() <= 8
