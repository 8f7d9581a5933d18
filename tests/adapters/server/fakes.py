"""A listener without sockets: a gate on the pipeline's fakes, and a transport that remembers."""

from collections.abc import Callable

from narrowgate.adapters.server.connection import ClientConnection
from narrowgate.adapters.server.door import Gate
from narrowgate.adapters.server.pages import Pages
from narrowgate.adapters.server.turn import Takes, Turn, at_once
from narrowgate.config.snapshot import EdgeSettings
from narrowgate.identity.keys import digest_of
from narrowgate.model.admin import AdminAnswer, AdminRequest
from narrowgate.model.fault import Fault
from narrowgate.pipeline.principal import Principals
from tests.pipeline.fakes import World, key

KEY = b"sk-x"


class FakeSocket:
    """What a connection does to its transport."""

    def __init__(self, peer: object = ("127.0.0.1", 1)) -> None:
        self.peer = peer
        self.sent = b""
        self.said: list[str] = []

    def get_extra_info(self, _name: str) -> object:
        return self.peer

    def write(self, data: bytes) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return "close" in self.said or "abort" in self.said

    def can_write_eof(self) -> bool:
        return True

    def set_protocol(self, _protocol: object) -> None:
        self.said.append("set_protocol")

    def __getattr__(self, name: str) -> Callable[[], None]:
        return lambda: self.said.append(name)


class FakeControl:
    def __init__(self) -> None:
        self.is_up = True
        self.asked: list[AdminRequest] = []

    def ask(self, request: AdminRequest, answer: Callable[[AdminAnswer | None], None]) -> None:
        self.asked.append(request)
        answer(AdminAnswer(200, "text/plain", b"admin") if self.is_up else None)


class AtOnce(Turn):
    def add(self, connection: Takes, data: bytes) -> None:
        connection.take(data)


class Door:
    """A gate with one key, and connections to it."""

    def __init__(self, config: EdgeSettings | None = None) -> None:
        self.world = World(config)
        self.world.edge.principals = Principals([key(digest=digest_of(KEY).hex())])
        self.control = FakeControl()
        self.problems: list[str] = []
        self.pages = Pages(
            self.world.edge, lambda: self.problems, lambda: b"metrics", self._refusal, lambda: {"landlock": 7}
        )
        self.gate = Gate(self.world.edge, self.control, self.pages, AtOnce(at_once))

    def connect(self, peer: object = ("127.0.0.1", 1)) -> tuple[ClientConnection, FakeSocket]:
        connection, sock = self.gate.connect(), FakeSocket(peer)
        connection.connection_made(sock)  # type: ignore[arg-type] # has what is used
        return connection, sock

    def ask(self, data: bytes, peer: object = ("127.0.0.1", 1)) -> bytes:
        connection, sock = self.connect(peer)
        connection.data_received(data)
        return sock.sent

    def _refusal(self, fault: Fault) -> tuple[int, bytes, bytes]:
        return self.gate.refusal(fault)


def get(path: str, *lines: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *lines, "", ""]).encode()


def post(body: bytes, *lines: str, path: str = "/v1/chat/completions") -> bytes:
    head = [f"POST {path} HTTP/1.1", "host: x", f"authorization: Bearer {KEY.decode()}", f"content-length: {len(body)}"]
    return "\r\n".join([*head, *lines, "", ""]).encode() + body
