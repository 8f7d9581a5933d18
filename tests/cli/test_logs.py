import json
from pathlib import Path

import msgspec
import pytest

from narrowgate.adapters.store.rows import Filter
from narrowgate.adapters.store.store import Store
from narrowgate.cli import main
from narrowgate.cli.logs import Arrivals
from tests.adapters.store.test_store import record


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = Store(tmp_path / "narrowgate.db", lambda: 0)
    unknown = msgspec.structs.replace(record(2), usage=None, cost_usd_e9=None, fault="client_gone", status=499)
    store.ingest("s", 0, 1, [record(1), unknown])
    store.close()
    return tmp_path


def test_an_unknown_cost_is_a_question_mark(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert main(["logs", "--data", str(data)]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.startswith("TIME")
    assert "0.000000005" in first
    assert second.split()[-4:] == ["?", "?", "?", "0.000"]


def test_rows_can_be_chosen(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert main(["logs", "--data", str(data), "--json", "--failed"]) == 0
    assert json.loads(capsys.readouterr().out)["call_id"] == "c0002"


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert main(["logs", "--data", str(data), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["call_id"] for line in lines] == ["c0001", "c0002"]


def test_what_is_followed_is_what_is_new_whenever_it_began(tmp_path: Path) -> None:
    store = Store(tmp_path / "db", lambda: 0)
    store.ingest("s", 0, 1, [record(number) for number in range(0, 6_000, 2)])
    arrivals = Arrivals(store, Filter())
    assert arrivals.newest_last() == []
    new = [record(number) for number in (5_501, 5_999, *range(6_000, 6_700))]
    store.ingest("s", 1, 2, [*new, record(1)])  # the last of them began before all that is known
    assert arrivals.newest_last() == new
    assert arrivals.newest_last() == []
    store.close()


def test_what_is_wrong_is_said(capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path) -> None:
    assert main(["logs", "--data", str(tmp_path / "nowhere")]) == 1
    assert main(["logs", "--data", str(data), "--since", "x"]) == 2
    assert "duration" in capsys.readouterr().err
