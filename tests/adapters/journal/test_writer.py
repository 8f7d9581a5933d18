import asyncio
import os
from pathlib import Path

from narrowgate.adapters.journal.writer import JournalWriter
from narrowgate.adapters.server.turn import soon


class Delivery:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.delivered: list[tuple[bytes, bytes]] = []

    def deliver(self, data: bytes) -> None:
        self.delivered.append((data, self._path.read_bytes()))


def opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def test_a_record_is_on_disk_before_its_answer_goes(tmp_path: Path) -> None:
    path = tmp_path / "s"
    delivery = Delivery(path)

    async def run() -> None:
        writer = JournalWriter(1_000, lambda: None, lambda _: None, soon)
        writer.take_segment(opened(path))
        writer.commit(b"one\n", delivery, b"1")
        writer.commit(b"two\n", delivery, b"2")
        assert not delivery.delivered
        await asyncio.sleep(0)
        writer.close()

    asyncio.run(run())
    assert delivery.delivered == [(b"1", b"one\ntwo\n"), (b"2", b"one\ntwo\n")]


def test_a_full_segment_is_left_for_the_next(tmp_path: Path) -> None:
    asked: list[int] = []

    async def run() -> None:
        writer = JournalWriter(5, lambda: asked.append(1), lambda _: None, soon)
        writer.take_segment(opened(tmp_path / "a"))
        writer.commit(b"123456\n", None, b"")
        await asyncio.sleep(0)
        assert asked == [1]
        writer.take_segment(opened(tmp_path / "b"))
        for line in (b"second\n", b"third\n"):
            writer.commit(line, None, b"")
            await asyncio.sleep(0)
        writer.close()

    asyncio.run(run())
    assert (tmp_path / "a").read_bytes() + (tmp_path / "b").read_bytes() == b"123456\nsecond\nthird\n"
    assert (tmp_path / "b").read_bytes()


def test_a_disk_that_takes_nothing_loses_nothing(tmp_path: Path) -> None:
    said: list[str] = []

    async def run() -> None:
        writer = JournalWriter(1_000, lambda: None, said.append, soon)
        writer.take_segment(os.open(tmp_path, os.O_RDONLY))  # no write goes there
        writer.commit(b"one\n", None, b"")
        await asyncio.sleep(0)
        assert writer.is_failing
        assert not writer.is_full
        os.close(writer._fd)
        writer._fd = opened(tmp_path / "s")
        writer.commit(b"two\n", None, b"")
        await asyncio.sleep(0)
        assert len(said) == 2
        writer.close()

    asyncio.run(run())
    assert (tmp_path / "s").read_bytes() == b"one\ntwo\n"
    assert len(said) == 2
