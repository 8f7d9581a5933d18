"""The socket pair between the supervisor and one child: short messages, with descriptors.

SOCK_SEQPACKET keeps messages whole. Children open nothing themselves: listeners, links to other
processes and journal segments all come over this channel. Standard library only.
"""

import json
import socket
from collections.abc import Sequence

_LIMIT_BYTES = 65_536
_FDS = 4

Message = dict[str, str | int | float]


class Channel:
    """One end. `receive` never blocks."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._socket = sock

    @classmethod
    def from_fd(cls, fd: int) -> "Channel":
        """Take over the descriptor a child was started with."""
        return cls(socket.socket(fileno=fd))

    def fileno(self) -> int:
        """For select and event loops."""
        return self._socket.fileno()

    def send(self, message: Message, fds: Sequence[int] = ()) -> bool:
        """Send a message and copies of `fds`; False when the peer is gone or does not read."""
        data = json.dumps(message).encode()
        try:
            if fds:
                socket.send_fds(self._socket, [data], list(fds))
            else:
                self._socket.send(data)
        except OSError:
            return False
        return True

    def receive(self) -> tuple[Message, list[int]] | None:
        """Return the next message and its descriptors, or None when there is none now.

        Raises:
            EOFError: the peer is gone.
        """
        try:
            data, fds, _, _ = socket.recv_fds(self._socket, _LIMIT_BYTES, _FDS)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            raise EOFError from None
        if not data:
            raise EOFError
        message: Message = json.loads(data)
        return message, fds

    def close(self) -> None:
        """Close this end."""
        self._socket.close()


def pair() -> tuple[Channel, socket.socket]:
    """Return the supervisor's end, and the socket whose descriptor the child inherits."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return Channel(ours), theirs
