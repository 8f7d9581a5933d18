"""Show where an answer's text comes from as Google does: what it is grounded on, and recited sources.

Source: https://ai.google.dev/api/generate-content#GroundingMetadata (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import Citation, Form
from narrowgate.schemas.gemini_generate import (
    CitationMetadata,
    CitationSource,
    GroundingChunk,
    GroundingMetadata,
    GroundingSupport,
    Place,
    Segment,
)
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_CHUNK = msgspec.json.Decoder(GroundingChunk)


class CitationBook:
    """Collects the citations of one answer."""

    __slots__ = ("_chunks", "_sources", "_supports")

    def __init__(self) -> None:
        self._sources: list[Raw] = []
        self._chunks: dict[bytes, int] = {}
        self._supports: dict[tuple[int, int, str | None], list[int | float]] = {}

    def add(self, citation: Citation, text: str) -> None:
        """Note `citation`, which cites from `text`."""
        start, end = _bytes(text, citation.start), _bytes(text, citation.end)
        chunk = _chunk(citation)
        if chunk is None:
            source = CitationSource(start, end, citation.url, citation.title)
            is_own = citation.form is Form.GEMINI_GENERATE
            self._sources.append(citation.raw if is_own else Raw(msgspec.json.encode(source)))
            return
        number = self._chunks.setdefault(chunk, len(self._chunks))
        if end is not None:
            self._supports.setdefault((start or 0, end, citation.quote), []).append(number)

    def written(self) -> tuple[CitationMetadata | None, GroundingMetadata | None]:
        """Return the two members of a candidate."""
        recited = CitationMetadata(citation_sources=self._sources) if self._sources else None
        if not self._chunks:
            return recited, None
        supports = [
            GroundingSupport(Segment(start or None, end, quote), numbers)
            for (start, end, quote), numbers in self._supports.items()
        ]
        return recited, GroundingMetadata([Raw(chunk) for chunk in self._chunks], supports or None)


def _chunk(citation: Citation) -> bytes | None:
    """Return the grounding chunk a citation stands for; None for a recited source."""
    if citation.form is Form.GEMINI_GENERATE:
        try:
            own = read(_CHUNK, citation.raw)
        except WireError:
            return None
        return bytes(citation.raw) if own != GroundingChunk() else None
    if citation.url is not None:
        return msgspec.json.encode(GroundingChunk(web=Place(citation.url, citation.title)))
    if citation.title is not None or citation.quote is not None:
        place = Place(title=citation.title, text=citation.quote)
        return msgspec.json.encode(GroundingChunk(retrieved_context=place))
    return None


def _bytes(text: str, characters: int | None) -> int | None:
    if characters is None or text.isascii():
        return characters
    return len(text[:characters].encode("utf-8", "replace"))
