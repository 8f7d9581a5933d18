"""Embeddings between Cohere's form and OpenAI's, which is the gateway's own.

Source: https://docs.cohere.com/v2/reference/embed (read 2026-11).
"""

import msgspec

from narrowgate.dialects.asking import Rewritten, read_body, read_part, wrong
from narrowgate.model.conversation import Inexpressible
from narrowgate.schemas import cohere_embed as schema
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.json_body import sound
from narrowgate.wire.vectors import packed, unpacked

_COHERE_REQUEST = msgspec.json.Decoder(schema.EmbedRequest)
_COHERE_ANSWER = msgspec.json.Decoder(schema.EmbedAnswer)
_OPENAI_REQUEST = msgspec.json.Decoder(schema.OpenAIEmbedRequest)
_OPENAI_ANSWER = msgspec.json.Decoder(schema.OpenAIEmbedAnswer)
_TEXT = msgspec.json.Decoder(str)
_NUMBERS = msgspec.json.Decoder(list[float])
_ENCODER = msgspec.json.Encoder()
_DEFAULT_INPUT_TYPE = "search_document"  # Cohere demands one; what is indexed is embedded most


def to_openai(body: bytes) -> Rewritten:
    """Return a client's `/v2/embed` as `/v1/embeddings`.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    asked, _ = read_body(_COHERE_REQUEST, body)
    lost: list[Inexpressible] = []
    texts = list(asked.texts or ())
    for number, given in enumerate(asked.inputs or ()):
        if any(part.type != "text" for part in given.content):
            lost.append(Inexpressible(f"inputs[{number}]", "only texts can be embedded here"))
        texts.append("".join(part.text or "" for part in given.content))
    if asked.images:
        lost.append(Inexpressible("images", "only texts can be embedded here"))
    if not texts and not lost:
        raise wrong("texts", "nothing to embed; send texts or inputs")
    others = [kind for kind in asked.embedding_types or () if kind not in ("float", "base64")]
    if others:
        lost.append(Inexpressible("embedding_types", f"{', '.join(others)[:80]} are known to Cohere's models only"))
    if asked.truncate not in (None, "END"):
        lost.append(Inexpressible("truncate", "other providers cut at the end or not at all"))
    if asked.max_tokens is not None:
        lost.append(Inexpressible("max_tokens", "other providers have no limit per text"))
    if asked.input_type is not None:
        lost.append(Inexpressible("input_type", "other providers embed questions and documents alike", is_hint=True))
    written: dict[str, object] = {"model": asked.model, "input": texts, "encoding_format": "float"}
    if asked.output_dimension is not None:
        written["dimensions"] = asked.output_dimension
    return Rewritten(_ENCODER.encode(written), tuple(lost))


def from_openai(answer: bytes, asked: bytes, answer_id: str) -> bytes:
    """Return the answer of `/v1/embeddings` as that to the client's body `asked`.

    Raises:
        WireError: the answer is not what is documented.
        Failed: `asked` is no request.
    """
    request, _ = read_body(_COHERE_REQUEST, asked)
    told = read(_OPENAI_ANSWER, sound(answer))
    vectors = [_numbers(vector.embedding) for vector in told.data]
    kinds = request.embedding_types or ["float"]
    embeddings: dict[str, object] = {}
    if "float" in kinds or "base64" not in kinds:
        embeddings["float"] = vectors
    if "base64" in kinds:
        embeddings["base64"] = [packed(vector) for vector in vectors]
    usage = told.usage or schema.OpenAIUsage()
    billed = {"input_tokens": int(usage.prompt_tokens or usage.total_tokens or 0)}
    written = {
        "id": answer_id,
        "embeddings": embeddings,
        "texts": request.texts or [],
        "meta": {"api_version": {"version": "2"}, "billed_units": billed},
        "response_type": "embeddings_by_type",
    }
    return _ENCODER.encode(written)


def to_cohere(body: bytes, model: str) -> Rewritten:
    """Return a client's `/v1/embeddings` as `/v2/embed` for `model`.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    asked, _ = read_body(_OPENAI_REQUEST, body)
    given = [asked.input] if isinstance(asked.input, str) else [_text(n, raw) for n, raw in enumerate(asked.input)]
    lost = [Inexpressible("user", "Cohere has no place for it", is_hint=True)] if asked.user is not None else []
    written: dict[str, object] = {
        "model": model,
        "texts": given,
        "input_type": asked.input_type or _DEFAULT_INPUT_TYPE,
        "embedding_types": ["float"],
    }
    if asked.dimensions is not None:
        written["output_dimension"] = asked.dimensions
    return Rewritten(_ENCODER.encode(written), tuple(lost))


def from_cohere(answer: bytes, asked: bytes, model: str) -> bytes:
    """Return the answer of `/v2/embed` as that to the client's `/v1/embeddings` body `asked`.

    Raises:
        WireError: the answer is not what Cohere documents.
        Failed: `asked` is no request.
    """
    request, _ = read_body(_OPENAI_REQUEST, asked)
    told = read(_COHERE_ANSWER, sound(answer))
    vectors = told.embeddings.float
    if vectors is None:
        raise WireError("embeddings.float: an answer has them", "embeddings.float")
    is_base64 = request.encoding_format == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": packed(_numbers(vector)) if is_base64 else vector}
        for index, vector in enumerate(vectors)
    ]
    billed = told.meta.billed_units if told.meta is not None else None
    taken = int((billed.input_tokens if billed is not None else None) or 0)
    usage = {"prompt_tokens": taken, "total_tokens": taken}
    return _ENCODER.encode({"object": "list", "data": data, "model": model, "usage": usage})


def _text(number: int, raw: msgspec.Raw) -> str:
    if not bytes(raw).startswith(b'"'):
        raise wrong(f"input[{number}]", "Cohere embeds texts, not tokens; send a list of strings")
    return read_part(_TEXT, raw, f"input[{number}]")


def _numbers(vector: msgspec.Raw) -> list[float]:
    """Return a vector's numbers; base64 holds them as 32-bit floats, the lowest byte first."""
    if not bytes(vector).startswith(b'"'):
        return read(_NUMBERS, vector)
    return unpacked(read(_TEXT, vector))
