"""What OpenAI's clients ask when a text is to be said.

Source: https://platform.openai.com/docs/api-reference/audio/createSpeech (read 2026-11).
"""

from collections.abc import Iterable

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.schemas.reading import read
from narrowgate.schemas.speech import SpeechRequest, Voice
from narrowgate.wire.json_body import sound

_REQUEST = msgspec.json.Decoder(SpeechRequest)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KNOWN = frozenset({"model", *SpeechRequest.__struct_fields__})


class Saying(msgspec.Struct, frozen=True):
    """A text and how it is to sound. `others` are members OpenAI does not know."""

    text: str
    voice: str
    sound_format: str
    speed: float | None
    others: dict[str, msgspec.Raw]
    inexpressible: tuple[Inexpressible, ...]


def read_saying(asked: bytes) -> Saying:
    """Return what is asked; that a model shall act and that sound shall come in events is inexpressible.

    Raises:
        WireError: with the path of what is wrong.
    """
    body = sound(asked)
    request, members = read(_REQUEST, body), read(_MEMBERS, body)
    lost: list[Inexpressible] = []
    if request.instructions:
        lost.append(Inexpressible("instructions", "the provider's voices are not told how to speak"))
    if request.stream_format not in (None, "audio"):
        lost.append(Inexpressible("stream_format", "the provider sends sound, not events"))
    voice = request.voice.id if isinstance(request.voice, Voice) else request.voice or ""
    others = {name: value for name, value in members.items() if name not in _KNOWN}
    told_format = request.response_format or "mp3"
    return Saying(request.input, voice, told_format, request.speed, others, tuple(lost))


def no_format(wanted: str, known: Iterable[str]) -> Inexpressible:
    """Return that the provider does not make sound of a format."""
    return Inexpressible("response_format", f"'{wanted[:20]}' is not one of {', '.join(known)}")
