"""Every process of a running gateway is sealed, and says so."""

import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from narrowgate.adapters.upstream.reachable import is_public
from narrowgate.sandbox import kernel
from tests.e2e.conftest import CONFIG
from tests.e2e.gateway import Gateway, wait_until
from tests.e2e.provider import Provider

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(kernel.look().missing()), reason=f"this kernel cannot seal: {'; '.join(kernel.look().missing())}"
    ),
]
BODY = {"model": "openai/m-1", "messages": [{"role": "user", "content": "hi"}]}


def is_private(name: str) -> bool:
    """Whether a name leads to addresses of this machine or network only."""
    try:
        return not any(is_public(str(found[4][0])) for found in socket.getaddrinfo(name, 80))
    except OSError:
        return False


def is_filtered(pid: int) -> bool:
    """Whether a process has a filter: some are started only when calls can be served, and take their time."""
    return "\nSeccomp:\t2\n" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


@pytest.fixture(params=["split", "merged"])
def strict(request: pytest.FixtureRequest, tmp_path: Path, provider: Provider) -> Iterator[Gateway]:
    provider.reset()
    config = CONFIG.format(port=provider.port) + "sandbox: {require: true}\n"
    running = Gateway(tmp_path, config, custody=request.param).start()
    yield running
    assert running.stop() == 0


def test_every_process_is_sealed(strict: Gateway) -> None:
    assert strict.call(BODY)[0] == 200
    for role, pid in strict.children().items():
        assert wait_until(partial(is_filtered, pid)), role
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        status = {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines)}
        assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1"), role
        if role in {"edge", "egress"}:
            assert int(status["CapPrm"], 16) == 0, role
        limits = Path(f"/proc/{pid}/limits").read_text(encoding="utf-8")
        assert "Max core file size        0" in limits, role


def test_health_and_log_say_how(strict: Gateway) -> None:
    said = json.loads(strict.get("/health")[2])
    assert said["sandbox"] == {"landlock": kernel.landlock_version(), "seccomp": True, "missing": []}
    assert "processes are confined" in strict.text()


def test_no_ring_is_open_in_an_edge(strict: Gateway) -> None:
    edge = strict.children()["edge"]
    assert not [link for link in Path(f"/proc/{edge}/fd").iterdir() if "io_uring" in str(link.readlink())]


def test_the_egress_holds_no_third_party_code(strict: Gateway) -> None:
    egress = strict.children().get("egress")
    if egress is not None:
        maps = Path(f"/proc/{egress}/maps").read_text(encoding="utf-8")
        assert "site-packages" not in maps


def test_a_private_address_behind_a_name_is_refused(tmp_path: Path, provider: Provider) -> None:
    # A name of this machine's leads to an address of its own, as a rebound name would.
    name = next(filter(is_private, (socket.gethostname(), "ip6-localhost", "localhost.localdomain")), None)
    if name is None:
        pytest.skip("no name but localhost leads to this machine")
    config = CONFIG.format(port=provider.port).replace(
        "  nobody:\n    kind: openai\n    base_url: http://127.0.0.1:1/v1",
        f"  nobody:\n    kind: openai\n    base_url: http://{name}:{provider.port}/v1",
    )
    gateway = Gateway(tmp_path, config).start()
    status, _, body = gateway.call({**BODY, "model": "nobody/m"})
    assert status == 502
    assert b"private address" in body
    assert gateway.stop() == 0
