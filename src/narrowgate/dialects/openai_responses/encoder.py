"""Write a streamed answer for a client of OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses-streaming (read 2026-11).
"""

import msgspec

from narrowgate.dialects.openai_responses.errors import error_of
from narrowgate.dialects.openai_responses.render import ResponseWriter
from narrowgate.dialects.openai_responses.written import Told
from narrowgate.model.conversation import Form, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Began, Broke, Ended, Event

_JSON = msgspec.json.Encoder()


class StreamEncoder:
    """Writes one answer as events, each with its name: some clients read nothing without."""

    def __init__(self, request: Request, answer_id: str, now_s: int) -> None:
        self._response = ResponseWriter(request, answer_id, now_s)
        self._number = -1

    def encode(self, event: Event) -> bytes:
        """Return the bytes for `event`, b"" when nothing is to be sent yet."""
        match event:
            case Ended():
                return self._write(self._response.end())
            case Broke(fault):
                return self.fail(fault)
            case _:
                return self._write(self._response.write(event))

    def fail(self, fault: Fault) -> bytes:
        """Return the event `error` and the failed response: some clients look for the one, some for the other."""
        told = self._response.begin(Began(Form.OPENAI_RESPONSES))
        error = error_of(fault)
        shown: dict[str, object] = {
            "code": error["code"],
            "message": error["message"],
            "param": error["param"],
            "error": error,
        }
        told += [("error", shown), ("response.failed", {"response": self._response.broken(fault)})]
        return self._write(told)

    def _write(self, told: list[Told]) -> bytes:
        written = []
        for name, members in told:
            self._number += 1
            data = _JSON.encode({"type": name, "sequence_number": self._number, **members})
            written.append(b"event: %b\ndata: %b\n\n" % (name.encode(), data))
        return b"".join(written)
