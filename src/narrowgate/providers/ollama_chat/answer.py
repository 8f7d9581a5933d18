"""Read Ollama's whole answers: each is a stream of one line.

Source: https://docs.ollama.com/api/chat (read 2026-11).
"""

import msgspec

from narrowgate.model.fault import Failed
from narrowgate.model.reply import Incomplete, Reply, fold
from narrowgate.providers.ollama_chat.stream import LineDecoder
from narrowgate.schemas import ollama_chat as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KNOWN = frozenset(schema.Line.__struct_fields__)


def reply_of(body: bytes) -> Reply:
    """Return what a whole answer says; durations and such are its extras.

    Raises:
        WireError: the body is not what Ollama documents.
        Failed: it is an error.
    """
    lines = LineDecoder()
    events = lines.take(body)
    try:
        reply = fold([*events, *lines.end()])
    except Incomplete as incomplete:
        if incomplete.fault is not None:
            raise Failed(incomplete.fault) from None
        raise WireError("done: expected true in a whole answer", "done") from None
    members = read(_MEMBERS, sound(body)).items()
    extras = tuple((name, msgspec.Raw(bytes(value))) for name, value in members if name not in _KNOWN)
    return msgspec.structs.replace(reply, extras=extras)
