"""Read a whole answer: as a stream of one piece, and what is only told of whole answers."""

import msgspec

from narrowgate.model.fault import Failed
from narrowgate.model.operation import Operation
from narrowgate.model.reply import Ended, Reply, UsageTold, fold
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.fault import error_in, streamed_fault
from narrowgate.providers.openai_chat.reader import AnswerReader
from narrowgate.providers.profile import ReasoningCount
from narrowgate.providers.usage import usage_of_body
from narrowgate.schemas.openai_chat_answer import Answer
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_ANSWER = msgspec.json.Decoder(Answer)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_READ = frozenset({"id", "model", "created", "service_tier", "choices", "error", "usage", "object", "citations"})


def read_answer(body: bytes, quirks: Quirks) -> Reply:
    """Return what a whole answer says.

    Raises:
        WireError: not a chat completion.
        Failed: an error in spite of its status.
    """
    body = mended(body) or body
    answer = read(_ANSWER, body)
    error = error_in(answer)
    if error is not None:
        raise Failed(streamed_fault(error))
    if not answer.choices:
        raise WireError("choices: empty or missing; a chat completion has at least one", "choices")
    reader = AnswerReader(is_whole=True)
    events = [*reader.take(answer), *reader.finish()]
    reasoning = ReasoningCount.BESIDE if quirks.is_reasoning_outside else ReasoningCount.INSIDE
    usage = usage_of_body(Operation.CHAT, body, reasoning)
    if usage is not None:
        events.append(UsageTold(usage))
    extras = tuple((name, raw) for name, raw in read(_MEMBERS, body).items() if name not in _READ)
    return msgspec.structs.replace(fold([*events, Ended()]), extras=extras)
