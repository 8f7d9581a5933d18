"""Sources are citations of the text, in characters."""

import pytest

from narrowgate.model.conversation import Citation, Text
from narrowgate.wire.errors import WireError
from tests.providers.gemini_generate.told import chunk, streamed

GROUNDED = {
    "groundingChunks": [{"web": {"uri": "https://a.example", "title": "A"}}, {"retrievedContext": {"title": "B"}}],
    "groundingSupports": [
        {"segment": {"startIndex": 3, "endIndex": 6, "text": "b€"}, "groundingChunkIndices": [0, 1, 9]}
    ],
}


def cited(**members: object) -> tuple[Citation, ...]:
    last = chunk({"text": "b€"}, finish="STOP")
    candidates = last["candidates"]
    assert isinstance(candidates, list)
    candidates[0].update(members)
    part = streamed(chunk({"text": "€"}), last).choices[0].parts[0]
    assert isinstance(part, Text)
    assert part.text == "€b€"
    return part.citations


def test_what_a_text_is_grounded_on_is_cited() -> None:
    first, second = cited(groundingMetadata=GROUNDED)
    assert (first.url, first.title, first.quote, first.start, first.end) == ("https://a.example", "A", "b€", 1, 2)
    assert (second.url, second.title) == (None, "B")


def test_recited_sources_are_cited_by_either_name() -> None:
    source = {"startIndex": 0, "endIndex": 3, "uri": "https://b.example"}
    for name in ("citationSources", "citations"):
        (found,) = cited(citationMetadata={name: [source, {}]})
        assert (found.url, found.start, found.end) == ("https://b.example", 0, 1)


def test_citations_behind_other_parts_have_a_text_of_their_own() -> None:
    last = chunk({"functionCall": {"name": "f"}}, finish="STOP")
    candidates = last["candidates"]
    assert isinstance(candidates, list)
    candidates[0]["groundingMetadata"] = GROUNDED
    found = streamed(chunk({"text": "€b€"}), last).choices[0].parts
    assert isinstance(found[0], Text)
    assert len(found[0].citations) == 2


def test_a_source_of_another_shape_is_refused() -> None:
    with pytest.raises(WireError):
        cited(citationMetadata={"citations": [7]})
