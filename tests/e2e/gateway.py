"""Starts the real gateway and looks at it from outside."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

KEY = "sk-test-key-that-is-long-enough"
ADMIN = "admin-token-for-tests"
PROVIDER_KEY = "sk-canary-provider-key-0123456789"
SOURCE = Path(__file__).resolve().parents[2] / "src"


def wait_until(condition: Callable[[], object], timeout_s: float = 10.0) -> bool:
    """Poll until `condition` holds; say whether it did in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Gateway:
    """A running `narrowgate serve`."""

    def __init__(self, folder: Path, config: str, *, custody: str = "split", edges: int = 1) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "narrowgate.yaml"
        self.config.write_text(config, encoding="utf-8")
        self.port = free_port()
        self.custody = custody
        self.edges = edges
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(folder),
            "PYTHONPATH": str(SOURCE),
            "NARROWGATE_KEY": KEY,
            "NARROWGATE_ADMIN_TOKEN": ADMIN,
            "PROVIDER_KEY": PROVIDER_KEY,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "gateway.log"

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, is_ready: bool = True) -> "Gateway":
        """Start it and wait until it is ready."""
        options = ["--config", str(self.config), "--host", "127.0.0.1", "--port", str(self.port)]
        options += ["--edges", str(self.edges), "--data", str(self.data), "--custody", self.custody]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "narrowgate", "serve", *options],
                env=self.environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if is_ready:
            assert wait_until(self.is_ready, 15), self.text()
        return self

    def is_ready(self) -> bool:
        """Whether it says that calls can be served."""
        try:
            return self.get("/health/ready")[0] == 200
        except OSError:
            return False

    def stop(self, timeout_s: float = 15.0) -> int:
        """Ask it to stop; return its exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def kill_all(self) -> None:
        """Kill the whole tree at once."""
        assert self.process is not None
        for pid in [self.process.pid, *self.processes().values()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)

    def children(self) -> dict[str, int]:
        """Return the pids of the living processes by role, but for the supervisor's."""
        return {role: pid for role, pid in self.processes().items() if role != "supervisor"}

    def processes(self) -> dict[str, int]:
        """Return the pids of the living processes by role, wherever they are below the one that was started."""
        assert self.process is not None
        parents: dict[int, int] = {}
        found: dict[str, int] = {}
        words: dict[int, list[bytes]] = {}
        for path in Path("/proc").iterdir():
            if not path.name.isdigit():
                continue
            try:
                words[int(path.name)] = (path / "cmdline").read_bytes().split(b"\0")
                parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
        for pid, line in words.items():
            if b"narrowgate.supervisor.child" in line and self.process.pid in _ancestors(pid, parents):
                found[line[line.index(b"narrowgate.supervisor.child") + 1].decode()] = pid
        return found

    def call(
        self, body: object, path: str = "/v1/chat/completions", key: str = KEY, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Make a POST call; return status, headers and body."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, data, sent)

    def get(self, path: str, key: str = "") -> tuple[int, dict[str, str], bytes]:
        """Make a GET request."""
        return self.request("GET", path, None, {"authorization": f"Bearer {key}"} if key else {})

    def request(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Make any request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def rows(self, sql: str = "SELECT * FROM usage ORDER BY started_at_ms") -> list[dict[str, object]]:
        """Read the database."""
        with closing(sqlite3.connect(f"file:{self.data / 'narrowgate.db'}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql)]

    def row(self, call_id: str) -> dict[str, object]:
        """Return a call's usage row, waiting for the recorder."""
        sql = f"SELECT * FROM usage WHERE call_id = '{call_id}'"
        assert wait_until(lambda: self.rows(sql)), f"no row for {call_id}"
        return self.rows(sql)[0]

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the narrowgate command beside it."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "narrowgate", *words],
            env=self.environment | {"NARROWGATE_DATA": str(self.data)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def metric(self, name: str) -> float:
        """Return the sum of a metric's values."""
        lines = self.get("/metrics")[2].decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def text(self) -> str:
        """Everything it printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def _ancestors(pid: int, parents: dict[int, int]) -> list[int]:
    found = []
    while pid in parents:
        pid = parents[pid]
        found.append(pid)
    return found


def exchange(port: int, data: bytes, *, timeout_s: float = 5.0, pause_s: float = 0.0, step: int = 0) -> bytes:
    """Send exact bytes and return all that comes back until the gateway closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as sock:
        if step:
            for at in range(0, len(data), step):
                sock.sendall(data[at : at + step])
                time.sleep(pause_s)
        else:
            sock.sendall(data)
        sock.settimeout(timeout_s)
        received = b""
        while True:
            try:
                piece = sock.recv(65536)
            except (TimeoutError, ConnectionResetError):
                return received
            if not piece:
                return received
            received += piece


def post(body: bytes, *lines: str, path: str = "/v1/chat/completions", key: str = KEY) -> bytes:
    """Return the bytes of a POST request."""
    head = [f"POST {path} HTTP/1.1", "host: x", f"authorization: Bearer {key}", f"content-length: {len(body)}", *lines]
    return "\r\n".join([*head, "", ""]).encode() + body
