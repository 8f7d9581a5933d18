"""Processes come and go: crashes, reloads, drains, full disks. Nothing answered is ever lost."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.conftest import CONFIG
from tests.e2e.gateway import KEY, Gateway, post, wait_until
from tests.e2e.provider import CHAT, DONE, Link, Provider, Request, delta

pytestmark = pytest.mark.slow

BODY = {"model": "openai/m-1", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def own(tmp_path: Path, provider: Provider) -> Iterator[Gateway]:
    provider.reset()
    gateway = Gateway(tmp_path, CONFIG.format(port=provider.port), edges=2)
    yield gateway
    if gateway.process is not None and gateway.process.poll() is None:
        gateway.kill_all()


class Load:
    """Calls without pause from some threads; remembers the ids of calls that were answered."""

    def __init__(self, gateway: Gateway, threads: int = 4) -> None:
        self.gateway = gateway
        self.answered: list[str] = []
        self.failed = 0
        self._is_over = False
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join(10)

    def has_more_than(self, count: int) -> bool:
        return len(self.answered) > count

    def _run(self) -> None:
        while not self._is_over:
            try:
                status, headers, _ = self.gateway.call(BODY)
            except OSError:
                self.failed += 1
                time.sleep(0.01)
                continue
            except Exception:  # noqa: BLE001 - a connection cut in the middle of its head
                self.failed += 1
                continue
            if status == 200:
                self.answered.append(headers["x-narrowgate-call-id"])
            else:
                self.failed += 1


def _every_answer_has_one_row(gateway: Gateway, answered: list[str]) -> None:
    def ids() -> list[object]:
        return [row["call_id"] for row in gateway.rows("SELECT call_id FROM usage")]

    assert wait_until(lambda: set(answered) <= set(ids()), 10), len(set(answered) - set(ids()))
    assert len(ids()) == len(set(ids()))


def _is_replaced(gateway: Gateway, role: str, before: int) -> bool:
    return gateway.children().get(role) not in {None, before}


@pytest.mark.parametrize("role", ["edge", "egress", "control", "recorder"])
def test_a_killed_process_comes_back_and_nothing_answered_is_lost(own: Gateway, role: str) -> None:
    own.start()
    load = Load(own)
    for _ in range(2):
        time.sleep(0.3)
        before = own.children()[role]
        os.kill(before, signal.SIGKILL)
        assert wait_until(partial(_is_replaced, own, role, before), 8)
        assert wait_until(partial(load.has_more_than, len(load.answered) + 20), 8), "it does not serve any more"
    load.stop()
    assert load.answered
    _every_answer_has_one_row(own, load.answered)
    assert own.stop() == 0


def test_the_whole_tree_can_be_killed(own: Gateway) -> None:
    own.start()
    load = Load(own)
    time.sleep(1.0)
    own.kill_all()
    load.stop()
    own.start()
    _every_answer_has_one_row(own, load.answered)
    assert own.stop() == 0


def test_a_reload_cuts_no_stream_and_takes_the_new_configuration(own: Gateway, provider: Provider) -> None:
    own.start()
    go_on = threading.Event()

    def script(link: Link, _request: Request) -> None:
        link.begin_stream()
        link.chunk(delta("a"))
        go_on.wait(10)
        link.chunk(delta(finish="stop") + DONE)
        link.end_stream()

    provider.reset(script)
    assert own.call({**BODY, "model": "later"})[0] == 404
    with socket.create_connection(("127.0.0.1", own.port), timeout=10) as sock:
        sock.sendall(post(json.dumps({**BODY, "stream": True}).encode()))
        received = sock.recv(65536)
        own.config.write_text(own.config.read_text().replace("  house:", "  later: openai/m-1\n  house:"))
        assert own.process is not None
        own.process.send_signal(signal.SIGHUP)
        provider.script = lambda link, _request: link.json(CHAT)
        assert wait_until(lambda: own.call({**BODY, "model": "later"})[0] == 200, 10)
        go_on.set()
        while not received.endswith(b"0\r\n\r\n"):
            piece = sock.recv(65536)
            assert piece, "the stream was cut"
            received += piece
    assert DONE in received
    assert wait_until(lambda: len(own.children()) == 4 and own.is_ready(), 10)
    assert (own.data / "control.sock").is_socket(), "the keys command has nobody to tell"
    assert own.stop() == 0


def test_a_bad_configuration_is_refused_and_the_old_one_goes_on(own: Gateway) -> None:
    own.start()
    own.config.write_text("nonsense: 1\n")
    assert wait_until(lambda: "nonsense" in own.text(), 5)
    assert own.call(BODY)[0] == 200
    assert own.stop() == 0


def test_a_drain_lets_a_stream_end_and_exits_0(own: Gateway, provider: Provider) -> None:
    own.start()
    stopped = threading.Event()

    def script(link: Link, _request: Request) -> None:
        link.begin_stream()
        link.chunk(delta("a"))
        stopped.wait(10)
        time.sleep(0.3)
        link.chunk(delta(finish="stop") + DONE)
        link.end_stream()

    provider.reset(script)
    with socket.create_connection(("127.0.0.1", own.port), timeout=10) as sock:
        sock.sendall(post(json.dumps({**BODY, "stream": True}).encode()))
        received = sock.recv(65536)
        assert own.process is not None
        own.process.send_signal(signal.SIGTERM)
        stopped.set()
        while piece := sock.recv(65536):
            received += piece
    assert DONE in received
    assert received.endswith(b"0\r\n\r\n")
    assert own.process.wait(10) == 0
    assert own.rows("SELECT * FROM usage WHERE is_stream = 1 AND fault = ''")


def test_limits_hold_across_edges(own: Gateway) -> None:
    own.start()
    made = json.loads(own.command("keys", "create", "--json", "--rpm", "20").stdout)
    statuses: list[int] = []
    began = time.time() // 60

    def calls() -> None:
        statuses.extend(own.call(BODY, key=made["key"])[0] for _ in range(10))

    threads = [threading.Thread(target=calls) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    minutes = time.time() // 60 - began + 1
    assert 20 <= statuses.count(200) <= 20 * minutes
    assert set(statuses) == {200, 429}
    assert own.stop() == 0


def test_two_gateways_do_not_share_a_data_directory(own: Gateway) -> None:
    own.start()
    other = own.command("serve", "--data", str(own.data), "--port", "0")
    assert other.returncode == 1
    assert "another gateway" in other.stderr
    assert own.stop() == 0


def test_a_taken_port_is_told(own: Gateway, tmp_path: Path) -> None:
    own.start()
    other = own.command("serve", "--data", str(tmp_path / "other"), "--port", str(own.port))
    assert other.returncode == 1
    assert "cannot listen" in other.stderr
    assert own.stop() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_loses_nothing(own: Gateway) -> None:
    own.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "narrowgate-test", str(own.data)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("this machine does not let a test mount a disk")
    try:
        own.start()
        filler = own.data / "filler"
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(b"\0" * 65_536)
                    file.flush()
            except OSError:
                pass
        answered = [own.call(BODY)[1]["x-narrowgate-call-id"] for _ in range(50)]
        assert wait_until(lambda: "cannot be" in own.text(), 5)
        filler.unlink()
        _every_answer_has_one_row(own, answered)
        assert own.stop() == 0
    finally:
        if own.process is not None and own.process.poll() is None:
            own.kill_all()
        subprocess.run(["umount", "-l", str(own.data)], check=False)


def test_keys_on_the_command_line_of_nobody(own: Gateway) -> None:
    own.start()
    assert own.process is not None
    for pid in [own.process.pid, *own.children().values()]:
        assert KEY.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert own.stop() == 0
