"""A program under measurement, or the mock upstream, while it runs: started, awaited, called, ended."""

import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench.processes import Tree, allowed_files, free_port
from bench.targets import Target, fill

PATH = "/v1/chat/completions"
_POLL_S = 0.02
_READY_S = 45.0
_HTTP_OK = 200
_SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


class NotReadyError(Exception):
    """The program gave no good answer in time; the message holds the end of its log."""


def program(word: str) -> str:
    """Return where a program is, also when it is one for administrators only."""
    return shutil.which(word, path=_SYSTEM_PATH) or word


class Mock:
    """The mock upstream on a port of its own."""

    def __init__(self, folder: Path, core: int) -> None:
        self.port = free_port()
        self._tree = Tree.start([str(folder / "mock"), str(self.port)], core, dict(os.environ), Path(os.devnull))
        wait_until_listening(self.port, self._tree)

    def set(self, delay_ms: int, chunks: int, interval_ms: int) -> None:
        """Change its pace for the calls to come."""
        _get(self.port, f"/__set?delay_ms={delay_ms}&chunks={chunks}&interval_ms={interval_ms}")

    def stop(self) -> None:
        """End it."""
        self._tree.stop(1.0)


class Running:
    """A target that was started. `port` is where it answers, `tree` its processes."""

    def __init__(self, target: Target, upstream_port: int, core: int) -> None:
        """Start `target` on `core`; raises NotReadyError when that fails at once."""
        self.port = free_port()
        self._work = Path(tempfile.mkdtemp(prefix=f"bench-{target.name}-"))
        self._log = self._work / "output.log"
        values = {
            "port": str(self.port),
            "upstream_port": str(upstream_port),
            "files": str(allowed_files()),
            "work": str(self._work),
        }
        text = fill(target.template.read_text(encoding="utf-8"), values)
        (self._work / target.template.name).write_text(text, encoding="utf-8")
        env = {**os.environ, **target.env}
        try:
            self._key = _made_key([fill(word, values) for word in target.make_key], env)
            command = [fill(word, values) for word in target.command]
            self._began = time.monotonic()
            self.tree = Tree.start([program(command[0]), *command[1:]], core, env, self._log)
        except (OSError, NotReadyError) as error:
            shutil.rmtree(self._work, ignore_errors=True)
            message = f"{target.name} cannot be started: {error}"
            raise NotReadyError(message) from error

    @property
    def headers(self) -> dict[str, str]:
        """What callers send beside the usual."""
        return {"Authorization": f"Bearer {self._key}"}

    def await_answer(self, body: bytes) -> float:
        """Call until the first good answer; return how many ms after the start it came."""
        problem = "no connection"
        while time.monotonic() < self._began + _READY_S:
            try:
                status, text, _ = self.call(body)
            except (OSError, http.client.HTTPException) as error:
                problem = problem if problem.startswith("status") else f"{type(error).__name__}: {error}"
            else:
                if status == _HTTP_OK:
                    return (time.monotonic() - self._began) * 1000
                problem = f"status {status}: {text[:200]!r}"
            if not self.tree.is_alive:
                problem = "its process ended"
                break
            time.sleep(_POLL_S)
        message = f"no good answer ({problem}); end of its output:\n{self.log_end()}"
        raise NotReadyError(message)

    def call(self, body: bytes) -> tuple[int, bytes, http.client.HTTPMessage]:
        """Call once on a connection of its own: status, body, header fields."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            return self._call_on(connection, body)
        finally:
            connection.close()

    def own_work_us(self, body: bytes, calls: int) -> list[int]:
        """Return what the gateway says its own work was, call by call on one connection; empty if it says nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            told = [self._call_on(connection, body)[2].get("x-narrowgate-overhead-us") for _ in range(calls)]
        finally:
            connection.close()
        return [int(text) for text in told if text is not None]

    def log_end(self) -> str:
        """Return the last lines it printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-1500:]

    def stop(self) -> None:
        """End it and remove its folder."""
        self.tree.stop()
        shutil.rmtree(self._work, ignore_errors=True)

    def _call_on(
        self, connection: http.client.HTTPConnection, body: bytes
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection.request("POST", PATH, body, {"Content-Type": "application/json", **self.headers})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers


def _made_key(command: list[str], env: dict[str, str]) -> str:
    if not command:
        return "sk-client"
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    if done.returncode or not isinstance(answer, dict) or not isinstance(answer.get("key"), str):
        message = f"no key could be made: {done.stderr.strip()[-500:]}"
        raise NotReadyError(message)
    return str(answer["key"])


def _get(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    finally:
        connection.close()


def wait_until_listening(port: int, tree: Tree) -> None:
    """Wait until an upstream answers at `port`; raises NotReadyError when it does not."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and tree.is_alive:
        try:
            return _get(port, "/")
        except (OSError, http.client.HTTPException):
            time.sleep(_POLL_S)
    message = f"the mock upstream cannot use port {port}; is it taken?"
    raise NotReadyError(message)
