"""Write a whole answer for a client of OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses/object (read 2026-11).
"""

import msgspec

from narrowgate.dialects.openai_responses.errors import code_in_stream
from narrowgate.dialects.openai_responses.output import OutputWriter
from narrowgate.dialects.openai_responses.response import head_of, outcome_of, usage_of
from narrowgate.dialects.openai_responses.written import Told
from narrowgate.model.conversation import Form, Request, Text
from narrowgate.model.fault import Fault
from narrowgate.model.reply import (
    Began,
    Broke,
    Ended,
    Event,
    Finished,
    LogprobsTold,
    PartBegan,
    PartEnded,
    Reply,
    Sequencer,
    UsageTold,
    unfold,
)
from narrowgate.model.usage import Usage

_JSON = msgspec.json.Encoder()
_STATUS_KNOWN_LATER: dict[str, object] = {
    "status": "in_progress",
    "error": None,
    "incomplete_details": None,
    "output": [],
    "usage": None,
}


def render(reply: Reply, request: Request) -> bytes:
    """Return the body of a whole answer: what a stream of it ends with."""
    writer = ResponseWriter(request, "resp_0", reply.created_s)
    for event in _in_order(reply):
        writer.write(event)
    response = writer.ended()
    if reply.form is Form.OPENAI_RESPONSES:
        response |= {name: value for name, value in reply.extras if _is_usable(name, value, response)}
    return _JSON.encode(response)


def _in_order(reply: Reply) -> list[Event]:
    """Return the events of an answer; the log probabilities before the end of the part they are of."""
    events: list[Event] = [event for event in unfold(reply) if not isinstance(event, LogprobsTold)]
    logprobs = reply.choices[0].logprobs
    texts = {event.part for event in events if isinstance(event, PartBegan) and isinstance(event.opening, Text)}
    for place, event in enumerate(events):
        if logprobs is not None and isinstance(event, PartEnded) and event.choice == 0 and event.part in texts:
            return [*events[:place], LogprobsTold(0, logprobs), *events[place:]]
    return events


def _is_usable(name: str, value: msgspec.Raw, response: dict[str, object]) -> bool:
    """Whether what a provider shows can stand for what was asked: imitators put other things under some names."""
    asked = response.get(name)
    # xAI leaves the name of a format out, which clients require.
    return asked is None or (name != "text" and _kind(bytes(value)) == _kind(_JSON.encode(asked)))


def _kind(text: bytes) -> bytes:
    """Return what tells texts, numbers, truth values, objects and lists apart."""
    first = text[:1]
    return b"0" if first in b"-0123456789" else b"t" if first in b"tf" else first


class ResponseWriter:
    """Follows the events of an answer; of several choices only the first is shown."""

    def __init__(self, request: Request, answer_id: str, now_s: int) -> None:
        self._request = request
        self._answer_id = answer_id
        self._now_s = now_s
        self._sequencer = Sequencer()
        self._head: dict[str, object] = {}
        self._form = Form.OPENAI_RESPONSES
        self._output: OutputWriter | None = None
        self._usage: Usage | None = None
        self._finished: Finished | None = None

    def write(self, event: Event) -> list[Told]:
        """Return what an event tells; the end of the answer is in `end`."""
        match event:
            case Began():
                return self.begin(event)
            case UsageTold(usage):
                self._usage = usage
                return []
            case Finished():
                if event.choice == 0:
                    self._finished = event
                return []
            case Ended() | Broke():
                return []
            case _:
                told = self.begin(Began(Form.OPENAI_RESPONSES)) if self._output is None else []
                if event.choice == 0 and self._output is not None:
                    for following in self._sequencer.feed(event):
                        told += self._output.write(following)
                return told

    def begin(self, began: Began) -> list[Told]:
        """Return the beginning, once."""
        if self._output is not None:
            return []
        self._form = began.form
        self._head = head_of(self._request, began, self._answer_id, self._now_s)
        self._output = OutputWriter(self._request, str(self._head["id"]), began.form)
        response = {**self._head, **_STATUS_KNOWN_LATER}
        return [("response.created", {"response": response}), ("response.in_progress", {"response": response})]

    def end(self) -> list[Told]:
        """Return the end of a complete answer."""
        told = self.begin(Began(Form.OPENAI_RESPONSES))
        status, _ = outcome_of(self._finished, self._form)
        told += self._output.close(status) if self._output is not None else []
        return [*told, (f"response.{status}", {"response": self._response()})]

    def ended(self) -> dict[str, object]:
        """Return the whole response of a complete answer."""
        self.end()
        return self._response()

    def broken(self, fault: Fault) -> dict[str, object]:
        """Return the response as far as it came, and why it came no further."""
        self.begin(Began(Form.OPENAI_RESPONSES))
        items = self._output.items if self._output is not None else []
        error = {"code": code_in_stream(fault), "message": fault.message}
        return {**self._head, **_STATUS_KNOWN_LATER, "status": "failed", "error": error, "output": items}

    def _response(self) -> dict[str, object]:
        status, reason = outcome_of(self._finished, self._form)
        return {
            **self._head,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": reason} if reason is not None else None,
            "output": self._output.items if self._output is not None else [],
            "usage": usage_of(self._usage),
        }
