"""A gateway before providers that fail, for as long as one likes: how many answers are right, and what stays behind."""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.faulty import TEXT
from bench.processes import Resources, Tree, free_port
from bench.running import PATH, Running, wait_until_listening
from bench.targets import soaked

_REPORT_S = 30.0
_LAST_S = 120.0
_QUIET_S = 4.0
_TICK_S = 0.005
_HEAD_LIMIT = 1 << 20
_SHOWN = 200
_BODY = b'{"model":"a/m","messages":[{"role":"user","content":"hi"}]}'


@dataclass
class Counts:
    """What became of the calls. `wrong` are those whose answer was not whole and right, by what came instead."""

    right: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    latencies_s: list[float] = field(default_factory=list)
    reopened: int = 0  # idle connections that had been closed in the instant of their use

    def line(self) -> str:
        """Return the counts for people."""
        calls = self.right + self.wrong.total()
        if not calls:
            return "no calls"
        times = sorted(self.latencies_s)
        shown = ", ".join(f"p{share:g} {_at(times, share) * 1_000:.0f} ms" for share in (50, 99, 99.9))
        return f"{calls} calls, {100 * self.right / calls:.3f} % right, {shown}, longest {times[-1]:.1f} s"


def soak(seconds: float, rate: float, share: float, cores: tuple[int, int]) -> int:
    """Make `rate` calls a second for `seconds`, a `share` of all answers being faults; print what became of them.

    Raises:
        NotReadyError: the gateway or its providers do not start.
    """
    load_core, target_core = cores
    port = free_port()
    command = [sys.executable, "-m", "bench.faulty", str(port), str(share)]
    providers = Tree.start(command, load_core, dict(os.environ), Path(os.devnull))
    try:
        wait_until_listening(port, providers)
        running = Running(soaked(), port, target_core)
        try:
            running.await_answer(_BODY)
            counts = asyncio.run(_load(running, seconds, rate))
            print(counts.line())
            for what, times in counts.wrong.most_common(8):
                print(f"  {times} times: {what}")
        finally:
            running.stop()
    finally:
        providers.stop(1.0)
    return 0


async def _load(running: Running, seconds: float, rate: float) -> Counts:
    counts = Counts()
    load = _Load(running.port, running.headers["Authorization"], counts)
    await asyncio.sleep(_QUIET_S)  # all processes are up
    before = running.tree.resources()
    open_calls: set[asyncio.Task[None]] = set()
    began = told = time.monotonic()
    made = 0
    while (now := time.monotonic()) < began + seconds:
        while made < (now - began) * rate:
            task = asyncio.create_task(load.call(is_stream=made % 2 == 0))
            open_calls.add(task)
            task.add_done_callback(open_calls.discard)
            made += 1
        if now - told > _REPORT_S:
            told = now
            print(f"{now - began:.0f} s: {counts.line()}, {len(open_calls)} open", file=sys.stderr, flush=True)
        await asyncio.sleep(_TICK_S)
    if open_calls:
        await asyncio.wait(open_calls, timeout=_LAST_S)
    load.close()
    await asyncio.sleep(_QUIET_S)  # connections close, the recorder catches up
    _tell(before, running.tree.resources())
    return counts


def _tell(before: dict[str, Resources], after: dict[str, Resources]) -> None:
    print(f"{'process':14}{'MiB before':>12}{'after':>8}{'files before':>14}{'after':>8}")
    gone = Resources(0, 0)
    for name in sorted(before.keys() | after.keys()):
        one, two = before.get(name, gone), after.get(name, gone)
        print(f"{name:14}{one.rss_mb:12.1f}{two.rss_mb:8.1f}{one.files:14}{two.files:8}")


class _Load:
    """Makes calls on connections that are kept, and looks at every byte of what comes."""

    def __init__(self, port: int, authorization: str, counts: Counts) -> None:
        self._port = port
        self._authorization = authorization
        self._counts = counts
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(self, *, is_stream: bool) -> None:
        """Make one call and count it."""
        began = time.monotonic()
        try:
            what = await self._made(is_stream=is_stream)
        except (OSError, asyncio.IncompleteReadError, ValueError, LookupError) as error:
            what = f"{type(error).__name__}: {error}"[:_SHOWN]
        self._counts.latencies_s.append(time.monotonic() - began)
        if what:
            self._counts.wrong[what] += 1
        else:
            self._counts.right += 1

    def close(self) -> None:
        """Close what is idle."""
        for _, writer in self._idle:
            writer.close()

    async def _made(self, *, is_stream: bool) -> str:
        """Return what is wrong with the answer to one call."""
        is_reused = bool(self._idle)
        reader, writer = self._idle.pop() if is_reused else await self._connected()
        asked = {"model": "a/m", "stream": is_stream, "fallbacks": ["b/m", "c/m"]}
        body = json.dumps({**asked, "messages": [{"role": "user", "content": "hi"}]}).encode()
        head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: {self._authorization}\r\n"
        more = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        try:
            writer.write(head.encode() + more.encode() + body)
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if not is_reused or (isinstance(error, asyncio.IncompleteReadError) and error.partial):
                raise
            self._counts.reopened += 1
            self._idle.clear()
            return await self._made(is_stream=is_stream)
        data = await _body(reader, told)
        self._idle.append((reader, writer))
        if b" 200 " not in told[:15]:
            return f"{told[9:12].decode()}: {data[:_SHOWN].decode(errors='replace')}"
        text = _streamed(data) if is_stream else json.loads(data)["choices"][0]["message"]["content"]
        return "" if text == TEXT else f"other words: {text[:_SHOWN]}"

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port, limit=_HEAD_LIMIT)


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" not in head:
        return await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    pieces: list[bytes] = []
    while True:
        size = int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16)
        piece = await reader.readexactly(size + 2)
        if not size:
            return b"".join(pieces)
        pieces.append(piece[:-2])


def _streamed(data: bytes) -> str:
    """Return the words of a stream, "" without its end mark."""
    events = [line[6:] for line in data.split(b"\n") if line.startswith(b"data: {")]
    choices = [choice for event in events for choice in json.loads(event).get("choices", ())]
    text = "".join(choice["delta"].get("content") or "" for choice in choices)
    return text if data.rstrip().endswith(b"data: [DONE]") else f"no end mark behind: {text}"


def _at(times: list[float], share: float) -> float:
    return times[min(int(len(times) * share / 100), len(times) - 1)]
