"""What a running gateway tells of itself is compared with its processes, as the kernel shows them."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from narrowgate.exposure.statement import Statement
from tests.e2e.gateway import ADMIN, KEY, PROVIDER_KEY, Gateway, wait_until
from tests.e2e.provider import Provider

pytestmark = pytest.mark.slow


def told_by(gateway: Gateway) -> Statement:
    status, headers, body = gateway.get("/exposure", ADMIN)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert PROVIDER_KEY.encode() not in body
    return msgspec.json.decode(body, type=Statement)


def loaded(pid: int) -> set[str]:
    """Return the packages of others whose machine code a process has in memory."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {name.removeprefix("_") for name in re.findall(r"/site-packages/(\w+)/", maps)}


def test_it_is_for_the_admin_token(gateway: Gateway) -> None:
    assert gateway.get("/exposure")[0] == gateway.get("/exposure", KEY)[0] == 401
    assert gateway.request("POST", "/exposure", b"", {"authorization": f"Bearer {ADMIN}"})[0] == 405


def test_processes_are_as_told(gateway: Gateway) -> None:
    assert wait_until(lambda: "recorder" in gateway.processes())
    processes = {one.name: one for one in told_by(gateway).processes}
    running = gateway.processes()
    assert set(processes) == {"launcher", *running}
    for name, pid in running.items():
        assert "\nSeccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text(), name
        assert loaded(pid) <= set(processes[name].loads), name
        assert bool(loaded(pid)) == bool(processes[name].loads), name
    assert gateway.process is not None
    assert loaded(gateway.process.pid) == set()
    assert processes["launcher"].system_calls is None


def test_ends_listeners_and_files_are_as_told(split: Gateway, provider: Provider) -> None:
    told, data = told_by(split), split.data.resolve()
    assert [one.address for one in told.listeners] == [f"127.0.0.1:{split.port}", str(data / "control.sock")]
    assert {(one.host, one.port) for one in told.outbound} == {("127.0.0.1", 1), ("127.0.0.1", provider.port)}
    assert (told.secrets[0].path, told.secrets[0].source) == ("providers.openai.api_key", "env://PROVIDER_KEY")
    assert told.written == (str(data), str(data / "control.sock"))
    assert told.sealed is None
    assert told.telemetry == ()


def test_a_reload_tells_the_new_configuration(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, "demo: true\n").start()
    try:
        assert wait_until(lambda: gateway.get("/exposure", ADMIN)[0] == 200)
        assert told_by(gateway).outbound == ()
        provider = "{base_url: 'http://127.0.0.1:1/v1', api_key: env://PROVIDER_KEY}"
        gateway.config.write_text(f"providers: {{openai: {provider}}}\n")
        # Control is replaced meanwhile, and says 503 where it is not there yet: one request a look.
        assert wait_until(lambda: b'"of":["openai"]' in gateway.get("/exposure", ADMIN)[2], 15)
    finally:
        assert gateway.stop() == 0


def test_the_command_tells_the_same(split: Gateway) -> None:
    told = told_by(split)
    options = ["--config", str(split.config), "--data", str(split.data)]
    done = split.command("exposure", "--json", *options)
    assert done.returncode == 0, done.stderr
    mine = msgspec.convert(json.loads(done.stdout), Statement)
    assert (mine.outbound, mine.secrets, mine.written, mine.sandbox, mine.processes[2]) == (
        told.outbound, told.secrets, told.written, told.sandbox, told.processes[2]
    )  # fmt: skip
