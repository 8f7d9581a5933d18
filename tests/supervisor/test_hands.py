import hashlib
import os
import socket
from pathlib import Path

import pytest

from narrowgate.sandbox.profile import Role
from narrowgate.supervisor.hands import OwnHands, openings_in


def test_without_a_launcher_it_is_done_at_once(tmp_path: Path) -> None:
    hands = OwnHands()
    (tmp_path / "f").write_bytes(b"x")
    assert hands.read(tmp_path / "f") == b"x"
    assert hands.digest("token") == hashlib.sha256(b"token").digest()
    fd = hands.memory("counters")
    assert os.fstat(fd).st_size == 0
    os.close(fd)
    ((sock,),) = hands.listen("127.0.0.1", 0, "", 1)
    with sock, hands.listen_locally(tmp_path / "s") as local:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        assert local.family == socket.AF_UNIX


def test_a_question_says_what_stays_open() -> None:
    role, openings = openings_in({"role": "edge", "read": ["/a"], "write": [], "ports": [443]})
    assert role is Role.EDGE
    assert openings.read == ("/a",)
    assert openings.connect_ports == {443}
    for junk in ({"role": "x", "read": [], "write": [], "ports": []}, {"role": "edge", "read": 1}):
        with pytest.raises((ValueError, TypeError, KeyError)):
            openings_in(junk)  # type: ignore[arg-type] # as it comes from outside
