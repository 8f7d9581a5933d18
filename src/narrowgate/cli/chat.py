"""Try a model in the terminal, against a gateway that runs.

With a PROMPT (or text on standard input) one answer is streamed; otherwise a conversation
begins, which Ctrl-D ends. The key is read from NARROWGATE_KEY. Without MODEL the first one the
gateway lists is used.
"""

import argparse
import http.client
import os
import sys
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from narrowgate.cli.output import visible

_URL = "http://127.0.0.1:4000"
_TIMEOUT_S = 300.0
_LONGEST_LINE_BYTES = 1 << 20
_UNAUTHENTICATED = 401


class ChatFailed(Exception):
    """No answer, or not a whole one; the message says why and what to do."""


class Turn(msgspec.Struct, frozen=True):
    """One message of the conversation."""

    role: str
    content: str


class _Error(msgspec.Struct):
    message: str = ""


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta = msgspec.field(default_factory=_Delta)


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    error: _Error | None = None


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model] = []


_CHUNK = msgspec.json.Decoder(_Chunk)
_MODELS = msgspec.json.Decoder(_Models)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("model", nargs="?", metavar="MODEL", help="the model, as provider/model")
    parser.add_argument("prompt", nargs="?", metavar="PROMPT", help="what to say; without it a conversation begins")
    parser.add_argument("--url", metavar="URL", default=_URL, help=f"where the gateway is (default {_URL})")
    parser.add_argument("--key", metavar="KEY", help="virtual key (default: NARROWGATE_KEY, which no one sees in `ps`)")


def run(arguments: argparse.Namespace) -> int:
    """Talk."""
    try:
        gateway = Gateway(arguments.url, arguments.key or os.environ.get("NARROWGATE_KEY", ""))
        model = arguments.model or gateway.first_model()
        if arguments.prompt is None and sys.stdin.isatty():
            return _converse(gateway, model)
        prompt = arguments.prompt if arguments.prompt is not None else sys.stdin.read().removesuffix("\n")
        show(gateway.ask(model, [Turn("user", prompt)]))
    except ChatFailed as failed:
        print(f"narrowgate: {failed}", file=sys.stderr)
        return 1
    return 0


def show(pieces: Iterable[str]) -> str:
    """Print an answer as it comes in; return the whole of it."""
    said = []
    try:
        for piece in pieces:
            said.append(piece)
            print(visible(piece), end="", flush=True)
    finally:
        if said:
            print(flush=True)
    return "".join(said)


class Gateway:
    """A gateway as a client sees it. ChatFailed when `url` or `key` cannot be used at all."""

    def __init__(self, url: str, key: str) -> None:
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            raise ChatFailed(f"'{visible(url)}' is not a URL; write it as {_URL}") from None
        if parts.scheme not in {"http", "https"} or not self._host:
            raise ChatFailed(f"'{visible(url)}' is not an http or https URL; write it as {_URL}")
        if not key.isascii() or not key.isprintable():
            raise ChatFailed("the key holds letters that no header may have; check NARROWGATE_KEY")
        self._is_tls = parts.scheme == "https"
        self._path = parts.path.rstrip("/").removesuffix("/v1")
        self._url = url
        self._key = key

    def first_model(self) -> str:
        """Return the first model that the key may call.

        Raises:
            ChatFailed: there is no gateway, or no model.
        """
        answer = self._send("GET", "/v1/models", b"")
        try:
            known = _MODELS.decode(answer.read())
        except (msgspec.DecodeError, OSError, http.client.HTTPException):
            raise ChatFailed(f"what answers at {self._url} is not a gateway; check --url") from None
        if not known.data:
            raise ChatFailed("the gateway lists no model; name one, as in 'narrowgate chat provider/model'")
        return known.data[0].id

    def ask(self, model: str, turns: list[Turn]) -> Iterator[str]:
        """Yield the pieces of the answer.

        Raises:
            ChatFailed: there is none, or it breaks off.
        """
        body = msgspec.json.encode({"model": model, "messages": turns, "stream": True})
        answer = self._send("POST", "/v1/chat/completions", body)
        try:
            while line := answer.readline(_LONGEST_LINE_BYTES):
                data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
                if data == b"[DONE]":
                    return
                if data:
                    yield _content(data)
        except (OSError, http.client.HTTPException) as error:
            raise ChatFailed(f"the answer broke off: {_reason(error)}") from None
        raise ChatFailed("the answer broke off before its end")

    def _send(self, method: str, path: str, body: bytes) -> http.client.HTTPResponse:
        kind = http.client.HTTPSConnection if self._is_tls else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=_TIMEOUT_S)
        headers = {"content-type": "application/json"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        try:
            connection.request(method, self._path + path, body or None, headers)
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise ChatFailed(self._refusal(answer))
        except ConnectionRefusedError:
            raise ChatFailed(f"nothing answers at {self._url}; start a gateway with 'narrowgate serve'") from None
        except UnicodeError:  # a host name that DNS cannot have
            raise ChatFailed(f"'{visible(self._url)}' names no host; check --url") from None
        except (OSError, http.client.HTTPException) as error:
            raise ChatFailed(f"no answer from {self._url}: {_reason(error)}") from None
        return answer

    def _refusal(self, answer: http.client.HTTPResponse) -> str:
        try:
            error = _CHUNK.decode(answer.read(_LONGEST_LINE_BYTES)).error
        except msgspec.DecodeError:
            error = None
        said = visible(error.message) if error is not None and error.message else "it does not say why"
        if answer.status == _UNAUTHENTICATED:
            hint = "check NARROWGATE_KEY" if self._key else "set NARROWGATE_KEY to a virtual key"
            return f"the gateway refused the key: {said}; {hint}"
        return f"the gateway answered {answer.status}: {said}"


def _content(data: bytes) -> str:
    try:
        chunk = _CHUNK.decode(data)
    except msgspec.DecodeError:
        raise ChatFailed("the answer holds an event that is not a chat chunk; check --url") from None
    if chunk.error is not None:
        raise ChatFailed(f"the answer broke off: {visible(chunk.error.message) or 'the gateway does not say why'}")
    return "".join(choice.delta.content or "" for choice in chunk.choices)


def _converse(gateway: Gateway, model: str) -> int:
    print(f"{model}: Ctrl-D ends the conversation")
    turns: list[Turn] = []
    while True:
        try:
            said = input("> ")
        except EOFError:
            print()
            return 0
        if not said.strip():
            continue
        turns.append(Turn("user", said))
        try:
            turns.append(Turn("assistant", show(gateway.ask(model, turns))))
        except ChatFailed as failed:
            turns.pop()
            print(f"narrowgate: {failed}", file=sys.stderr)


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return text.lower()
