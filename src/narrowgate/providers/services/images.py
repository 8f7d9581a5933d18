"""Pictures from Replicate's models, which have inputs of their own.

Source: https://replicate.com/docs/reference/http#predictions.create (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.providers.replicate.prediction import succeeded, texts_of
from narrowgate.providers.replicate.request import HEADERS
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.schemas.image import ImageRequest
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_REQUEST = msgspec.json.Decoder(ImageRequest)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_KNOWN = frozenset({"model", *ImageRequest.__struct_fields__})


class ReplicateImages:
    """`/v1/predictions` for models that paint. Members OpenAI does not know are inputs of the model."""

    @property
    def passes(self) -> bool:
        """Answers are read."""
        return False

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the request; raises WireError with the path of what is wrong."""
        body = sound(asked)
        request, members = read(_REQUEST, body), read(_MEMBERS, body)
        written: dict[str, object] = {name: value for name, value in members.items() if name not in _KNOWN}
        written["prompt"] = request.prompt
        if request.n is not None and request.n > 1:
            written["num_outputs"] = request.n
        lost: list[Inexpressible] = []
        if request.response_format not in (None, "url"):
            lost.append(Inexpressible("response_format", "Replicate answers with addresses"))
        for name, value in (("size", request.size), ("quality", request.quality), ("style", request.style)):
            if value not in (None, "auto"):
                lost.append(Inexpressible(name, "each model has a name of its own for it: send that instead"))
        if request.stream:
            lost.append(Inexpressible("stream", "predictions are told whole"))
        if request.user is not None:
            lost.append(Inexpressible("user", "the provider has no place for it", is_hint=True))
        made = _ENCODER.encode({"version": model, "input": written})
        return Prepared(made, headers=HEADERS, inexpressible=tuple(lost))

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:  # noqa: ARG002 - pictures need no question
        """Return the addresses of the pictures, which Replicate keeps for an hour."""
        urls = texts_of(succeeded(answer).output)
        if not urls:
            raise WireError("output: a prediction of a picture has one", "output")
        return Answered(_ENCODER.encode({"data": [{"url": url} for url in urls]}))


REPLICATE = ReplicateImages()
