import os

import pytest

from narrowgate.supervisor.channel import Channel, pair


def test_messages_and_descriptors_arrive_whole_and_in_order() -> None:
    ours, theirs = pair()
    child = Channel(theirs)
    read, write = os.pipe()
    assert child.receive() is None
    ours.send({"do": "segment"}, [write])
    ours.send({"do": "stop"})
    received = child.receive()
    assert received is not None
    message, fds = received
    os.write(fds[0], b"x")
    assert (message, os.read(read, 1)) == ({"do": "segment"}, b"x")
    assert child.receive() == ({"do": "stop"}, [])
    for fd in (read, write, *fds):
        os.close(fd)


def test_a_peer_that_is_gone_is_noticed() -> None:
    ours, theirs = pair()
    child = Channel(theirs)
    child.close()
    assert not ours.send({"do": "stop"})
    with pytest.raises(EOFError):
        ours.receive()
    ours.close()
