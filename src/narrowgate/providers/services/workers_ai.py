"""Cloudflare's Workers AI beside its chat: rankings and recordings written down, by `/ai/run/{model}`.

Sources: https://developers.cloudflare.com/workers-ai/models/bge-reranker-base,
https://developers.cloudflare.com/workers-ai/models/whisper-large-v3-turbo (read 2026-11).
"""

from base64 import b64encode
from urllib.parse import quote

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.providers.services.hearing import Heard, Word, answer_of, losses_of
from narrowgate.providers.services.ranking import results_of, text_of
from narrowgate.providers.services.service import Answered, Prepared
from narrowgate.schemas import workers_ai as schema
from narrowgate.schemas.cohere_embed import RerankRequest, RerankResult
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody
from narrowgate.wire.json_body import sound

_ENCODER = msgspec.json.Encoder()
_REQUEST = msgspec.json.Decoder(RerankRequest)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RANKED = msgspec.json.Decoder(schema.RankingAnswer)
_HEARD = msgspec.json.Decoder(schema.TranscriptAnswer)
_KNOWN = frozenset({"model", "query", "documents", "top_n", "return_documents", "rank_fields"})
_OF_ITS_OWN = frozenset({"prompt", "vad_filter"})


class WorkersRanking:
    """`bge-reranker-base` and its like."""

    @property
    def passes(self) -> bool:
        """Answers are read."""
        return False

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the request; raises WireError with the path of what is wrong."""
        body = sound(asked)
        request, members = read(_REQUEST, body), read(_MEMBERS, body)
        texts = [text_of(n, raw, request.rank_fields) for n, raw in enumerate(request.documents)]
        written: dict[str, object] = {"query": request.query, "contexts": [{"text": text} for text in texts]}
        if request.top_n is not None:
            written["top_k"] = request.top_n
        lost = tuple(
            Inexpressible(name[:80], "Workers AI has no place for it")
            for name, value in members.items()
            if name not in _KNOWN and bytes(value) != b"null"
        )
        return Prepared(_ENCODER.encode(written), suffix=_path_of(model), inexpressible=lost)

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:
        """Return the answer: with documents if `asked` wants them."""
        told = read(_RANKED, sound(answer)).result.response
        results = [RerankResult(one.id, one.score) for one in told]
        return Answered(_ENCODER.encode({"results": results_of(results, read(_REQUEST, sound(asked)))}))


class WorkersHearing:
    """Whisper: the newest takes the recording in JSON, the others take it as it is."""

    def to_wire(self, asked: FormBody, model: str) -> Prepared:
        """Return the request; raises WireError with the name of what is wrong."""
        recording, language = asked.file("file").value, asked.text("language")
        lost = losses_of(asked, _OF_ITS_OWN)
        if "turbo" not in model:
            named = [name for name in ("language", *sorted(_OF_ITS_OWN)) if asked.text(name)]
            lost += tuple(Inexpressible(name, "this model hears the recording alone", is_hint=True) for name in named)
            return Prepared(recording, b"application/octet-stream", suffix=_path_of(model), inexpressible=lost)
        written: dict[str, object] = {"audio": b64encode(recording).decode(), "task": "transcribe"}
        if language:
            written["language"] = language
        if prompt := asked.text("prompt"):
            written["initial_prompt"] = prompt
        if vad_filter := asked.text("vad_filter"):
            written["vad_filter"] = vad_filter == "true"
        return Prepared(_ENCODER.encode(written), suffix=_path_of(model), inexpressible=lost)

    def from_wire(self, answer: bytes, asked: FormBody) -> Answered:
        """Return the answer in the format that was asked for."""
        told = read(_HEARD, sound(answer)).result
        found = told.words or [word for segment in told.segments for word in segment.words]
        words = tuple(Word(word.word.strip(), word.start, word.end) for word in found)
        info = told.transcription_info
        duration_s = info.duration if info.duration is not None or not words else words[-1].end
        return answer_of(Heard(told.text.strip(), words, info.language, duration_s), asked)


RANKING = WorkersRanking()
HEARING = WorkersHearing()


def _path_of(model: str) -> str:
    """Return a model's path below `/run`; no name may lead elsewhere."""
    if any(step in ("", ".", "..") for step in model.split("/")):
        raise WireError("model: expected a name as '@cf/openai/whisper-large-v3-turbo'", "model")
    return "/" + quote(model, safe="/@")
