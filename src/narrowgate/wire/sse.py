"""Watch a stream of server-sent events go by: whole events, the end, usage, errors.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11).
"""

import re
from collections.abc import Iterator

import msgspec

from narrowgate.model.operation import Operation
from narrowgate.wire.escapes import mended

# An event held back until it is whole; a longer one (an image of many MB) is passed on in pieces.
_HOLD_LIMIT_BYTES = 64 << 20
_BOM = b"\xef\xbb\xbf"
_BOUNDARY = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")
_LINE = re.compile(rb"\r\n|\n|\r")
_ANY = msgspec.json.Decoder(msgspec.Raw)
# How an object of usage begins. Some providers have a null there in every event.
USAGE_TEXTS = (b'"usage":{', b'"usage": {')
_FINISH = re.compile(rb'"finish_reason"\s*:\s*"')

_TERMINALS: dict[Operation, tuple[bytes, ...]] = {
    Operation.RESPONSES: (b'"response.completed"', b'"response.incomplete"', b'"response.failed"'),
    Operation.IMAGE_GENERATIONS: (b'"image_generation.completed"',),
    Operation.IMAGE_EDITS: (b'"image_edit.completed"',),
    Operation.SPEECH: (b'"speech.audio.done"',),
    Operation.TRANSCRIPTIONS: (b'"transcript.text.done"',),
}


class EventWatch:
    """Passes whole events through and remembers what the gateway must know of them.

    `is_complete` is true once the provider said that the answer is whole, by the operation's
    own sign: for chat a finish reason for each of `choices` choices, or `[DONE]`; for others
    the terminal event. `usage_piece` holds the latest piece in which usage was seen.
    """

    __slots__ = (
        "_choices",
        "_finished",
        "_held",
        "_held_bytes",
        "_is_chat",
        "_is_first",
        "_tail",
        "_terminals",
        "has_error",
        "is_complete",
        "usage_piece",
    )

    def __init__(self, operation: Operation, choices: int = 1) -> None:
        self._is_chat = operation in (Operation.CHAT, Operation.COMPLETIONS)
        self._terminals = _TERMINALS.get(operation, ())
        self._choices = choices
        self._finished = 0
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._tail = b""
        self._is_first = True
        self.is_complete = False
        self.has_error = False
        self.usage_piece = b""

    @property
    def knows_its_end(self) -> bool:
        """Whether streams of this operation have a sign of completeness at all."""
        return self._is_chat or bool(self._terminals)

    @property
    def is_at_boundary(self) -> bool:
        """Whether no half event is held."""
        return not self._held

    def feed(self, data: bytes) -> bytes:
        """Take bytes in any cuts; return the whole events among them, byte for byte.

        A byte order mark before the first event is removed: clients lose that event otherwise.
        """
        if self._is_first:
            data = self._start(data)
        if self._held:
            # Only the last bytes decide whether an event ends here: joining everything each
            # time would copy a long event once for every piece of it.
            if not _last_boundary(self._tail + data):
                self._hold(data)
                return b"" if self._held_bytes < _HOLD_LIMIT_BYTES else self.flush()
            data = b"".join((*self._held, data))
            self._held.clear()
            self._held_bytes = 0
        if not data.endswith(b"\n\n"):
            cut = _last_boundary(data)
            if cut < len(data):
                self._hold(data[cut:])
                data = data[:cut]
        if data:
            self._note(data)
        return data

    def _start(self, data: bytes) -> bytes:
        data = self.flush() + data
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._hold(data)
            return b""
        self._is_first = False
        return data.removeprefix(_BOM)

    def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_bytes += len(data)
        self._tail = data[-3:] if len(data) >= 3 else (self._tail + data)[-3:]

    def flush(self) -> bytes:
        """Return what is held of an event that has not ended (too long, or the stream has)."""
        rest = b"".join(self._held)
        self._held.clear()
        self._held_bytes = 0
        self._tail = b""
        return rest

    def _note(self, data: bytes) -> None:
        # `rfind`, since from the end Python looks for bytes in half the time, and what is looked for stands there.
        rfind = data.rfind
        if self._is_chat:
            if rfind(b'"finish_reason":"') >= 0 or rfind(b'"finish_reason": "') >= 0:
                self._finished += 1 if self._choices == 1 else len(_FINISH.findall(data))
                if self._finished >= self._choices:
                    self.is_complete = True
            if rfind(b"[DONE]") >= 0 and has_done(data):
                self.is_complete = True
            if rfind(USAGE_TEXTS[0]) >= 0 or rfind(USAGE_TEXTS[1]) >= 0:
                self.usage_piece = data
        else:
            for terminal in self._terminals:
                if rfind(terminal) >= 0:
                    self.is_complete = True
                    self.usage_piece = data
            if rfind(b"[DONE]") >= 0 and has_done(data):
                self.is_complete = True
        if rfind(b'"error"') >= 0:
            self.has_error = True


def without_broken(data: bytes) -> bytes:
    """Return whole events without those whose data is neither JSON nor `[DONE]`; `data` itself when all are fine.

    Clients parse every event and give up at the first that is none; a provider's hiccup costs that event alone.
    """
    if data.startswith(b"data: ") and data.endswith(b"\n\n"):
        text = data[6:-2].removesuffix(b"[DONE]")
        if b"\n" in text:  # one look at all of them costs less than one at each
            text = b"[%b]" % text.removesuffix(b"\n\ndata: ").replace(b"\n\ndata: ", b",")
        if not text or is_json(text):
            return data
    pieces = [*events(data)]
    good = [event for event in pieces if not is_broken(data_of(event))]
    return data if len(good) == len(pieces) else b"".join(good)


def is_broken(data: bytes) -> bool:
    """Whether an event's data is neither JSON nor `[DONE]`; an event without data is fine."""
    return bool(data) and data != b"[DONE]" and not is_json(data)


def is_json(text: bytes) -> bool:
    """Whether `text` is one JSON value; half a surrogate pair in it is for whoever reads it to judge."""
    try:
        _ANY.decode(text)
    except (msgspec.DecodeError, RecursionError):
        whole = mended(text)
        return whole is not None and is_json(whole)
    return True


def has_done(data: bytes) -> bool:
    """Whether `[DONE]` stands as the data of an event in `data`, not just somewhere in a text."""
    at = data.rfind(b"[DONE]")
    while at >= 0:
        line = data[max(at - 7, 0) : at]
        if line.endswith((b"\ndata: ", b"\rdata: ", b"\ndata:", b"\rdata:")) or line in {b"data: ", b"data:"}:
            return True
        at = data.rfind(b"[DONE]", 0, at)
    return False


def last_data_with(data: bytes, text: bytes) -> bytes:
    """Return the data of the last `data:` line that holds `text`, b"" when there is none.

    For looking one thing up in a long piece without cutting all of it into events.
    """
    at = data.rfind(text)
    if at < 0:
        return b""
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1  # in JSON text neither stands bare
    ends = [end for end in (data.find(b"\n", at), data.find(b"\r", at)) if end >= 0]
    line = data[start : min(ends, default=len(data))]
    return line[5:] if line.startswith(b"data:") else b""


def first_event_with(data: bytes, text: bytes) -> int:
    """Return where the first event that holds `text` begins, the length of `data` when there is none."""
    at = data.find(text)
    if at < 0:
        return len(data)
    if b"\r" in data:
        return _last_boundary(data[:at])
    before = data.rfind(b"\n\n", 0, at)
    return before + 2 if before >= 0 else 0


def _last_boundary(data: bytes) -> int:
    """Return where the last whole event ends, 0 when there is none."""
    newest = max(data.rfind(b"\n\n"), data.rfind(b"\r\r"))
    cut = newest + 2 if newest >= 0 else 0
    mixed = data.rfind(b"\n\r\n")
    return max(cut, mixed + 3) if mixed >= 0 else cut


def events(data: bytes) -> Iterator[bytes]:
    """Yield the events of `data` one by one, terminators included; a rest without one comes last."""
    at = 0
    for match in _BOUNDARY.finditer(data):
        yield data[at : match.end()]
        at = match.end()
    if at < len(data):
        yield data[at:]


def data_of(event: bytes) -> bytes:
    """Return an event's data: its `data:` lines joined by newlines, b"" when it has none."""
    if event.startswith(b"data: ") and event.endswith(b"\n\n") and event.count(b"\n") == 2 and b"\r" not in event:
        return event[6:-2]  # nearly all are of one line
    lines = [line for line in _LINE.split(event) if line.startswith(b"data:")]
    return b"\n".join(line[6:] if line.startswith(b"data: ") else line[5:] for line in lines)
