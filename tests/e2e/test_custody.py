"""Provider keys are in egress and launcher and nowhere else: memory, environment, descriptors, command lines."""

import base64
import contextlib
import http.client
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.conftest import CONFIG
from tests.e2e.gateway import ADMIN, KEY, PROVIDER_KEY, Gateway, wait_until
from tests.e2e.provider import Provider

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")]

CALLS = 10_000
THREADS = 4
CHUNK = 1 << 20
# The table of counters: integers in a file of 170 MB with holes, which reading would fill.
COUNTERS = "narrowgate-counters"
CANARIES = (PROVIDER_KEY.encode(), base64.b64encode(PROVIDER_KEY.encode()), PROVIDER_KEY.encode("utf-16-le"))


@pytest.fixture
def gateway(tmp_path: Path, provider: Provider) -> Iterator[Gateway]:
    provider.reset()
    running = Gateway(tmp_path, CONFIG.format(port=provider.port)).start()
    yield running
    assert running.stop() == 0


def ranges(pid: int) -> Iterator[tuple[int, int]]:
    """Yield what of a process's memory can be read."""
    for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
        where, rights, *_ = line.split()
        if rights.startswith("r") and COUNTERS not in line and "[v" not in line:
            low, high = where.split("-")
            yield int(low, 16), int(high, 16)


def hits(pid: int, canaries: tuple[bytes, ...] = CANARIES) -> int:
    """Count canaries in a process's memory."""
    found = 0
    overlap = max(map(len, canaries)) - 1
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for low, high in ranges(pid):
            rest = b""
            for at in range(low, high, CHUNK):
                try:
                    memory.seek(at)
                    piece = memory.read(min(CHUNK, high - at))
                except (OSError, ValueError):
                    break  # a hole, or memory that went away
                text = rest + piece
                found += sum(text.count(canary) for canary in canaries)
                rest = text[-overlap:]
    return found


def around(pid: int) -> bytes:
    """Return what else a process can be asked for: environment, command line, what its descriptors hold."""
    folder = Path(f"/proc/{pid}")
    found = [(folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()]
    for link in (folder / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed in the meantime
            target = str(link.readlink())
            found.append(target.encode())
            if target.startswith("/memfd:") and COUNTERS not in target:
                fd = os.open(link, os.O_RDONLY)
                found.append(os.pread(fd, os.fstat(fd).st_size, 0))
                os.close(fd)
    return b"\n".join(found)


def calls(gateway: Gateway, count: int) -> int:
    """Make calls on one connection: whole, streamed, and some to a provider that is not there; return how many."""
    body = {"model": "openai/m-1", "messages": [{"role": "user", "content": "hi"}]}
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    bodies = [json.dumps(one).encode() for one in (body, {**body, "stream": True}, {**body, "model": "nobody/m"})]
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    answered = 0
    for number in range(count):
        kind = 2 if number % 200 == 1 else number % 3 == 0
        connection.request("POST", "/v1/chat/completions", bodies[kind], headers)
        answer = connection.getresponse()
        answer.read()
        answered += answer.status == (502 if kind == 2 else 200)
    connection.close()
    return answered


def test_keys_are_in_the_egress_and_nowhere_else(gateway: Gateway) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(lambda _: calls(gateway, CALLS // THREADS), range(THREADS))) == CALLS
    gateway.get("/admin/keys", ADMIN)
    gateway.get("/metrics")
    assert wait_until(lambda: len(gateway.processes()) == 5)
    children = gateway.processes()
    assert set(children) == {"supervisor", "edge", "egress", "control", "recorder"}
    others = {role: pid for role, pid in children.items() if role != "egress"}
    if os.geteuid() != 0:
        for pid in children.values():
            with pytest.raises(PermissionError):
                Path(f"/proc/{pid}/mem").read_bytes()
        return
    assert hits(children["egress"]) > 0, "the scan finds nothing even where the keys are"
    assert {role: hits(pid) for role, pid in others.items()} == dict.fromkeys(others, 0)
    for role, pid in children.items():
        assert not [canary for canary in CANARIES if canary in around(pid)], role
    launcher = gateway.process
    assert launcher is not None
    assert not [canary for canary in CANARIES if canary in Path(f"/proc/{launcher.pid}/cmdline").read_bytes()]
