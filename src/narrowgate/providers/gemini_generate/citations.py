"""Read where an answer's text comes from: recited sources and what it is grounded on.

Google counts bytes of the text, the model of citations characters.
Source: https://ai.google.dev/api/generate-content#GroundingMetadata,
https://ai.google.dev/api/generate-content#CitationMetadata (read 2026-11).
"""

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import Citation, Form
from narrowgate.schemas.gemini_generate import Candidate, CitationSource, GroundingChunk, Number, Segment
from narrowgate.schemas.reading import read

_SOURCE = msgspec.json.Decoder(CitationSource)
_CHUNK = msgspec.json.Decoder(GroundingChunk)


def citations_of(candidate: Candidate, text: str) -> Iterator[Citation]:
    """Yield the citations of `text`, what the candidate has said so far.

    Raises:
        WireError: a source is not what Google documents.
    """
    recited = candidate.citation_metadata
    if recited is not None:
        for raw in (recited.citation_sources or []) + (recited.citations or []):
            source = read(_SOURCE, raw)
            if source.uri or source.title or source.end_index:
                span = _span(text, source.start_index, source.end_index)
                yield Citation(Form.GEMINI_GENERATE, raw, source.uri, source.title, None, *span)
    grounding = candidate.grounding_metadata
    if grounding is None:
        return
    chunks = [(raw, read(_CHUNK, raw)) for raw in grounding.grounding_chunks or ()]
    for support in grounding.grounding_supports or ():
        for number in support.grounding_chunk_indices or ():
            if 0 <= number < len(chunks):
                yield _grounded(*chunks[int(number)], support.segment or Segment(), text)


def _grounded(raw: Raw, chunk: GroundingChunk, segment: Segment, text: str) -> Citation:
    place = chunk.web or chunk.retrieved_context or chunk.maps
    url, title = (place.uri, place.title) if place is not None else (None, None)
    span = _span(text, segment.start_index, segment.end_index)
    return Citation(Form.GEMINI_GENERATE, raw, url, title, segment.text, *span)


def _span(text: str, start: Number | None, end: Number | None) -> tuple[int | None, int | None]:
    """Return the characters from `start` to `end`, which count bytes; a missing start is 0."""
    if end is None:
        return None, None
    first, last = max(int(start or 0), 0), max(int(end), 0)
    if text.isascii():
        return first, last
    encoded = text.encode("utf-8", "replace")
    return len(encoded[:first].decode("utf-8", "ignore")), len(encoded[:last].decode("utf-8", "ignore"))
