"""Vectors from Bedrock: Amazon's Titan and Nova take one text a request, Cohere's models many.

Sources: as of `schemas.bedrock_embed`.
"""

from urllib.parse import quote

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.schemas import bedrock_embed as schema
from narrowgate.schemas.cohere_embed import OpenAIEmbedRequest
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound
from narrowgate.wire.vectors import packed

_REQUEST = msgspec.json.Decoder(OpenAIEmbedRequest)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_TITAN = msgspec.json.Decoder(schema.TitanAnswer)
_COHERE = msgspec.json.Decoder(schema.CohereAnswer)
_NOVA = msgspec.json.Decoder(schema.NovaAnswer)
_ENCODER = msgspec.json.Encoder()
_KNOWN = frozenset(OpenAIEmbedRequest.__struct_fields__)
# InvokeModel tells it of all models; AWS's reference does not list it.
_COUNT = b"x-amzn-bedrock-input-token-count"
_DEFAULT_PURPOSE = "search_document"  # Cohere demands one; what is indexed is embedded most
_NOVA_PURPOSES = {"search_query": "TEXT_RETRIEVAL", "classification": "CLASSIFICATION", "clustering": "CLUSTERING"}


class BedrockEmbedding:
    """`/model/{model}/invoke`; the model's name says whose form it has."""

    @property
    def passes(self) -> bool:
        """Answers are read."""
        return False

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the request; raises WireError with the path of what is wrong."""
        body = sound(asked)
        request, members = read(_REQUEST, body), read(_MEMBERS, body)
        texts = _texts(request)
        lost = [] if request.user is None else [Inexpressible("user", "Bedrock has no place for it", is_hint=True)]
        more: dict[str, object] = {name: value for name, value in members.items() if name not in _KNOWN}
        count_header = _COUNT
        if "cohere." in model:
            written = {"texts": texts, "input_type": request.input_type or _DEFAULT_PURPOSE, **more}
            if request.dimensions is not None:
                written["output_dimension"] = request.dimensions
        elif len(texts) != 1:
            raise WireError("input: this model embeds one text a call; send them one by one", "input")
        elif ".nova" in model:
            written = {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": _nova(texts[0], request), **more}
        else:
            count_header = b""
            written = {"inputText": texts[0], **more}
            if request.dimensions is not None:
                written["dimensions"] = request.dimensions
            if request.input_type is not None:
                lost.append(Inexpressible("input_type", "Titan embeds questions and documents alike", is_hint=True))
        suffix = f"/{quote(model, safe='')}/invoke"
        body = _ENCODER.encode(written)
        return Prepared(body, suffix=suffix, inexpressible=tuple(lost), count_header=count_header)

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:
        """Return the answer; only Titan tells in it how many tokens went in, the others in a header."""
        text, is_base64 = sound(answer), read(_REQUEST, sound(asked)).encoding_format == "base64"
        vectors, taken = _told(text)
        data = [
            {"object": "embedding", "index": index, "embedding": packed(vector) if is_base64 else vector}
            for index, vector in enumerate(vectors)
        ]
        written: dict[str, object] = {"object": "list", "data": data}
        if taken is not None:
            written["usage"] = {"prompt_tokens": taken, "total_tokens": taken}
        return Answered(_ENCODER.encode(written))


EMBEDDING = BedrockEmbedding()


def _texts(request: OpenAIEmbedRequest) -> list[str]:
    if isinstance(request.input, str):
        return [request.input]
    for number, raw in enumerate(request.input):
        if not bytes(raw).startswith(b'"'):
            raise WireError(f"input[{number}]: Bedrock embeds texts, not tokens", f"input[{number}]")
    return [read(_TEXT, raw) for raw in request.input]


def _nova(text: str, request: OpenAIEmbedRequest) -> dict[str, object]:
    purpose = _NOVA_PURPOSES.get(request.input_type or "", "GENERIC_INDEX")
    params: dict[str, object] = {"embeddingPurpose": purpose, "text": {"truncationMode": "NONE", "value": text}}
    if request.dimensions is not None:
        params["embeddingDimension"] = request.dimensions
    return params


def _told(text: bytes) -> tuple[list[list[float]], int | None]:
    """Return the vectors and how many tokens went in, None when that is not told."""
    members = read(_MEMBERS, text)
    if "embedding" in members:
        told = read(_TITAN, text)
        return [told.embedding], told.inputTextTokenCount
    vectors = bytes(members.get("embeddings", b""))
    if vectors.startswith(b"[{"):
        return [one.embedding for one in read(_NOVA, text).embeddings], None
    found = read(_COHERE, text).embeddings
    return (found if isinstance(found, list) else found.float), None
