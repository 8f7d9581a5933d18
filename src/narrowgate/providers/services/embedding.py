"""Vectors from providers that call OpenAI's parameters by other names.

Sources: https://docs.voyageai.com/reference/embeddings-api, https://api.jina.ai/redoc (read 2026-11).
"""

from collections.abc import Mapping

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.schemas import cohere_embed as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound

_REQUEST = msgspec.json.Decoder(schema.OpenAIEmbedRequest)
_ANSWER = msgspec.json.Decoder(schema.OpenAIEmbedAnswer)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_RENAMED = ("model", "dimensions", "encoding_format", "input_type", "user")


class Embedding(msgspec.Struct, frozen=True):
    """One provider's names. Members that OpenAI does not know pass as they are.

    `format_field` says how vectors are written, `formats` the words for OpenAI's (None: it is left out).
    `purpose_field` says what a text is for, `purposes` the words for Cohere's, which clients send as `input_type`.
    """

    title: str
    dimensions_field: str
    format_field: str
    formats: Mapping[str, str | None]
    purpose_field: str
    purposes: Mapping[str, str]

    @property
    def passes(self) -> bool:
        """Answers are read."""
        return False

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the request; raises WireError with the path of what is wrong."""
        text = sound(asked)
        request, members = read(_REQUEST, text), read(_MEMBERS, text)
        if not isinstance(request.input, str):
            for number, one in enumerate(request.input):
                if bytes(one)[:1] not in (b'"', b"{"):
                    raise WireError(f"input[{number}]: {self.title} embeds texts, not tokens", f"input[{number}]")
        written: dict[str, object] = {"model": model}
        written |= {name: value for name, value in members.items() if name not in _RENAMED}
        if request.dimensions is not None:
            written[self.dimensions_field] = request.dimensions
        if request.encoding_format is not None:
            form = self.formats.get(request.encoding_format, request.encoding_format)
            if form is not None:
                written[self.format_field] = form
        if request.input_type is not None:
            written[self.purpose_field] = self.purposes.get(request.input_type, request.input_type)
        lost = (
            () if request.user is None else (Inexpressible("user", "the provider has no place for it", is_hint=True),)
        )
        return Prepared(_ENCODER.encode(written), inexpressible=lost)

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:  # noqa: ARG002 - vectors need no question
        """Return the answer with the counts OpenAI's clients read."""
        text = sound(answer)
        told, members = read(_ANSWER, text), read(_MEMBERS, text)
        usage = told.usage
        if usage is None or usage.prompt_tokens is not None or usage.total_tokens is None:
            return Answered(text)
        counted = {"prompt_tokens": usage.total_tokens, "total_tokens": usage.total_tokens}
        return Answered(_ENCODER.encode({**members, "usage": counted}))


VOYAGE = Embedding(
    title="Voyage",
    dimensions_field="output_dimension",
    format_field="encoding_format",
    formats={"float": None},
    purpose_field="input_type",
    purposes={"search_query": "query", "search_document": "document"},
)
JINA = Embedding(
    title="Jina",
    dimensions_field="dimensions",
    format_field="embedding_type",
    formats={},
    purpose_field="task",
    purposes={
        "search_query": "retrieval.query",
        "search_document": "retrieval.passage",
        "classification": "classification",
        "clustering": "separation",
    },
)
