import msgspec
import pytest

from narrowgate.adapters.telemetry.log import Log
from narrowgate.adapters.telemetry.metrics import Metrics
from narrowgate.adapters.telemetry.tally import CallLines, CallTally
from narrowgate.config.schema import LogCalls, LogFormat
from tests.adapters.store.test_store import record


def test_calls_are_counted_when_collected() -> None:
    metrics = Metrics()
    tally = CallTally(metrics)
    tally.settled(record(1))
    tally.settled(record(2, cost=None))
    tally.settled(msgspec.structs.replace(record(3), status=502, fault="upstream_broken"))
    tally.refused(401)
    tally.internal_error()
    tally.publish()
    tally.publish()
    text = metrics.render().decode()
    assert 'status="200"} 2' in text
    assert 'narrowgate_faults_total{provider="p",fault="upstream_broken"} 1' in text
    assert 'narrowgate_tokens_total{provider="p",model="u",direction="input"} 30' in text
    assert 'narrowgate_cost_usd_e9_total{provider="p",model="u"} 5' in text
    assert 'narrowgate_unpriced_calls_total{provider="p",model="u"} 1' in text
    assert 'narrowgate_refused_requests_total{status="401"} 1' in text
    assert "narrowgate_internal_errors_total 1" in text


def test_made_up_model_names_do_not_fill_memory() -> None:
    tally = CallTally(Metrics())
    for number in range(3_000):
        tally.settled(msgspec.structs.replace(record(number), upstream_model=f"m{number}"))
    tally.publish()
    assert len(tally._money) <= 2_001


@pytest.mark.parametrize(("which", "lines"), [(LogCalls.ALL, 2), (LogCalls.FAILED, 1), (LogCalls.NONE, 0)])
def test_lines_are_written_as_asked(which: LogCalls, lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log("edge", LogFormat.HUMAN, lambda: 0)
    said: list[str] = []
    monkeypatch.setattr(log, "info", lambda sentence, **_fields: said.append(sentence))
    calls = CallLines(log, which)
    calls.settled(record(1))
    calls.settled(record(2, fault="client_gone"))
    assert len(said) == lines
