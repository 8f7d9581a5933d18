"""`chat` streams an answer, and says why when there is none."""

import io
import json
from collections.abc import Iterator

import pytest

from narrowgate.cli import main
from tests.cli.answering import Answering, answering

CHAT = "/v1/chat/completions"


@pytest.fixture
def gateway() -> Iterator[Answering]:
    with answering() as told:
        yield told


def stream(*pieces: str, end: str = "data: [DONE]\n\n") -> bytes:
    events = [json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}) for piece in pieces]
    return ("".join(f"data: {event}\n\n" for event in events) + end).encode()


def test_an_answer_is_streamed(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NARROWGATE_KEY", "sk-ng-1")
    body = b': ping\r\n\r\ndata: {"choices":[{"delta":{"role":"assistant","content":null}}]}\r\n\r\n'
    gateway.answers[CHAT] = (200, body + stream("Hel", "lo \x1b[2J", "!"))
    assert main(["chat", "--url", gateway.url, "demo/chat", "Hi"]) == 0
    assert capsys.readouterr().out == "Hello [2J!\n"
    ((path, headers, sent),) = gateway.requests
    assert path == CHAT
    assert headers["authorization"] == "Bearer sk-ng-1"
    assert json.loads(sent) == {
        "model": "demo/chat",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
    }


def test_without_a_model_the_first_one_is_used_and_the_prompt_may_be_piped(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.answers["/v1/models"] = (200, b'{"data":[{"id":"demo/echo"},{"id":"z"}]}')
    gateway.answers[CHAT] = (200, stream("ok"))
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe\n"))
    assert main(["chat", "--url", f"{gateway.url}/v1/"]) == 0
    sent = json.loads(gateway.requests[1][2])
    assert (sent["model"], sent["messages"][0]["content"]) == ("demo/echo", "from a pipe")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_conversation_keeps_what_was_said_until_the_end_of_input(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers[CHAT] = (200, stream("yes"))
    monkeypatch.setattr("sys.stdin", Terminal("one\n\ntwo\n"))
    assert main(["chat", "--url", gateway.url, "m"]) == 0
    last = json.loads(gateway.requests[-1][2])
    assert [(turn["role"], turn["content"]) for turn in last["messages"]] == [
        ("user", "one"),
        ("assistant", "yes"),
        ("user", "two"),
    ]
    assert "Ctrl-D ends" in capsys.readouterr().out


def test_a_failed_turn_is_told_and_the_conversation_goes_on(
    gateway: Answering, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers[CHAT] = (429, b'{"error":{"message":"too fast"}}')
    monkeypatch.setattr("sys.stdin", Terminal("one\ntwo\n"))
    assert main(["chat", "--url", gateway.url, "m"]) == 0
    assert capsys.readouterr().err.count("the gateway answered 429: too fast") == 2
    assert len(json.loads(gateway.requests[-1][2])["messages"]) == 1


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (
            401,
            b'{"error":{"message":"no key"}}',
            "the gateway refused the key: no key; set NARROWGATE_KEY to a virtual key",
        ),
        (404, b'{"error":{"message":"model \'m\' is not known"}}', "the gateway answered 404: model 'm' is not known"),
        (502, b"<html>", "the gateway answered 502: it does not say why"),
        (200, stream("half", end=""), "the answer broke off before its end"),
        (200, stream("half", end='data: {"error":{"message":"gone"}}\n\n'), "the answer broke off: gone"),
        (200, b"data: nonsense\n\n", "the answer holds an event that is not a chat chunk; check --url"),
        (200, b"<html>", "the answer broke off before its end"),
    ],
)
def test_what_is_no_whole_answer_is_told(
    status: int, body: bytes, says: str, gateway: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers[CHAT] = (status, body)
    assert main(["chat", "--url", gateway.url, "m", "Hi"]) == 1
    assert capsys.readouterr().err == f"narrowgate: {says}\n"


def test_no_gateway_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with answering() as told:
        url = told.url
    assert main(["chat", "--url", url, "m", "Hi"]) == 1
    assert capsys.readouterr().err == f"narrowgate: nothing answers at {url}; start a gateway with 'narrowgate serve'\n"


@pytest.mark.parametrize("body", [b"<html>", b'{"data":[]}', b"[]"])
def test_something_else_that_answers_is_no_gateway(
    body: bytes, gateway: Answering, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["/v1/models"] = (200, body)
    assert main(["chat", "--url", gateway.url]) == 1
    assert capsys.readouterr().err.startswith("narrowgate: ")


@pytest.mark.parametrize("url", ["localhost:4000", "ftp://x", "http://", "http://x:port", "http://.x"])
def test_what_is_no_url_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", "--url", url, "m", "Hi"]) == 1
    assert capsys.readouterr().err.startswith(f"narrowgate: '{url}'")


def test_a_key_that_no_header_may_hold_is_not_shown(gateway: Answering, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("hidden\u20ac", "hidden\r\nx: y"):
        assert main(["chat", "--url", gateway.url, "--key", key, "m", "Hi"]) == 1
        error = capsys.readouterr().err
        assert "the key holds letters that no header may have" in error
        assert "hidden" not in error
