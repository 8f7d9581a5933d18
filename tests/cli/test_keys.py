import json
import socket
import threading
import time
from pathlib import Path

import pytest

from narrowgate.cli import main


def run(capsys: pytest.CaptureFixture[str], data: Path, *words: str) -> tuple[int, str, str]:
    status = main(["keys", *words, "--data", str(data)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_key_is_made_shown_and_ended(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ("--json", "--name", "a", "--budget-usd", "1.5", "--rpm", "9", "--models", "a,b*", "--expires-in", "1d")
    made = json.loads(run(capsys, tmp_path, "create", *words)[1])
    assert made["key"].startswith("sk-ng-")
    assert (made["budget_usd"], made["rpm"], made["models"]) == ("1.5", 9, ["a", "b*"])
    shown = json.loads(run(capsys, tmp_path, "show", made["id"], "--json")[1])
    assert "key" not in shown
    rotated = json.loads(run(capsys, tmp_path, "rotate", made["id"], "--json")[1])
    assert rotated["key"] != made["key"]
    update = ("update", made["id"], "--disable", "--inexpressible", "refuse", "--json")
    updated = json.loads(run(capsys, tmp_path, *update)[1])
    assert (updated["enabled"], made["inexpressible"], updated["inexpressible"]) == (False, None, "refuse")
    freed = run(capsys, tmp_path, "update", made["id"], "--inexpressible", "as-configured", "--json")[1]
    assert json.loads(freed)["inexpressible"] is None
    assert run(capsys, tmp_path, "revoke", made["id"])[0] == 0
    assert json.loads(run(capsys, tmp_path, "list", "--json")[1]) == []


def test_people_get_a_table_without_the_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = run(capsys, tmp_path, "create", "--name", "team")[1]
    key = next(word for word in text.split() if word.startswith("sk-ng-"))
    assert "only now" in text
    assert f"created_at             {time.gmtime().tm_year}-" in text
    table = run(capsys, tmp_path, "list")[1]
    assert "team" in table
    assert key not in table


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("create", "--budget-usd", "x"), "budget_usd"),
        (("create", "--expires-in", "soon"), "duration"),
        (("create", "--rpm", "9999999999999999999"), "rpm"),
        (("revoke", "key_none"), "there is no key"),
        (("rotate", "key_none"), "there is no key"),
        (("update", "key_none", "--rpm", "1"), "there is no key"),
        (("show", "key_none"), "there is no key"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    status, _, error = run(capsys, tmp_path, *words)
    assert status == 2
    assert says in error


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run(capsys, tmp_path, "create", "--name", "a\x1b[2Jb")
    assert "\x1b" not in run(capsys, tmp_path, "list")[1]


@pytest.mark.parametrize(("answer", "is_confirmed"), [(b"ok\n", True), (b"", False)])
def test_a_running_gateway_is_told_and_awaited(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, answer: bytes, is_confirmed: bool
) -> None:
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / "control.sock"))
        listener.listen()

        def serve() -> None:
            link, _ = listener.accept()
            heard.append(link.recv(16))
            link.sendall(answer)
            link.close()

        server = threading.Thread(target=serve)
        server.start()
        status, _, error = run(capsys, tmp_path, "create")
        server.join()
    assert (status, heard) == (0, [b"keys\n"])
    assert ("did not confirm" in error) is not is_confirmed


def test_a_socket_nobody_listens_on_is_no_gateway(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(tmp_path / "control.sock"))
    assert run(capsys, tmp_path, "create")[2] == ""
