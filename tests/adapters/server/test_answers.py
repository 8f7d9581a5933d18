from tests.adapters.server.fakes import Door, get, post

BODY = b'{"model":"openai/m","stream":true}'
BEGIN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
END = b'data: {"choices":[{"finish_reason":"stop"}]}\n\n'


def stream(version: bytes) -> tuple[bytes, list[str]]:
    door = Door()
    connection, sock = door.connect()
    connection.data_received(post(BODY).replace(b"HTTP/1.1", version))
    door.world.transport.answer(BEGIN + END)
    assert door.world.transport.receiver is not None
    door.world.transport.receiver.ended()
    return sock.sent, sock.said


def test_a_stream_is_chunked() -> None:
    sent, said = stream(b"HTTP/1.1")
    assert b"transfer-encoding: chunked\r\n" in sent
    assert sent.endswith(b"%x\r\n%b\r\n0\r\n\r\n" % (len(END), END))
    assert "close" not in said


def test_an_old_client_reads_to_the_end_of_the_connection() -> None:
    sent, said = stream(b"HTTP/1.0")
    assert b"chunked" not in sent
    assert sent.endswith(END)
    assert "close" in said


def test_a_head_request_gets_no_body_but_its_length() -> None:
    answer = Door().ask(get("/health/live", method="HEAD"))
    assert b"content-length: 17\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_client_that_closes_is_told_so() -> None:
    assert b"connection: close" in Door().ask(get("/", "connection: close"))
    assert b"connection:" not in Door().ask(get("/"))
