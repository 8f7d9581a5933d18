import socket
from pathlib import Path

import pytest

from narrowgate.supervisor.sockets import CannotListen, listeners, unix_listener


def test_every_edge_has_a_socket_of_its_own_on_the_same_port() -> None:
    sockets = listeners("127.0.0.1", 0, "", 3)
    ports = {own[0].getsockname()[1] for own in sockets}
    assert len(sockets) == 3
    assert len(ports) == 1
    for own in sockets:
        own[0].close()


@pytest.mark.parametrize("edges", [1, 2])
def test_a_taken_port_is_refused(edges: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotListen, match="in use"):
        listeners("127.0.0.1", taken.getsockname()[1], "", edges)


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(CannotListen, match="no address"):
        listeners("256.256.256.256", 0, "", 1)


def test_a_stale_unix_socket_is_replaced_and_a_living_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "s"
    unix_listener(path, 0o600).close()
    living = unix_listener(path, 0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CannotListen, match="in use"):
        unix_listener(path, 0o600)
    living.close()
