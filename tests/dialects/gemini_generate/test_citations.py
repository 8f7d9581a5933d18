"""Citations of every form show as Google's."""

import json

import msgspec
from msgspec import Raw

from narrowgate.dialects.gemini_generate.citations import CitationBook
from narrowgate.model.conversation import Citation, Form


def written(*citations: Citation, text: str = "€b€") -> tuple[object, object]:
    book = CitationBook()
    for citation in citations:
        book.add(citation, text)
    recited, grounding = (json.loads(msgspec.json.encode(member)) for member in book.written())
    return recited, grounding


def test_a_page_is_what_a_text_is_grounded_on() -> None:
    page = Citation(Form.OPENAI_CHAT, Raw(b"{}"), "https://a", "A", None, 1, 2)
    assert written(page, page) == (
        None,
        {
            "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}],
            "groundingSupports": [{"segment": {"startIndex": 3, "endIndex": 4}, "groundingChunkIndices": [0, 0]}],
        },
    )


def test_a_document_is_retrieved_context() -> None:
    _, grounding = written(Citation(Form.ANTHROPIC_MESSAGES, Raw(b"{}"), None, "D", "q"))
    assert grounding == {"groundingChunks": [{"retrievedContext": {"title": "D", "text": "q"}}]}


def test_googles_own_go_back_as_they_came() -> None:
    source = Citation(Form.GEMINI_GENERATE, Raw(b'{"uri":"https://b","license":"mit"}'), "https://b")
    chunk = Citation(Form.GEMINI_GENERATE, Raw(b'{"web":{"uri":"https://a","domain":"a"}}'), "https://a")
    assert written(source, chunk) == (
        {"citationSources": [{"uri": "https://b", "license": "mit"}]},
        {"groundingChunks": [{"web": {"uri": "https://a", "domain": "a"}}]},
    )


def test_one_that_says_little_is_a_recited_source() -> None:
    assert written(Citation(Form.COHERE_CHAT, Raw(b"7"), start=0, end=1)) == (
        {"citationSources": [{"startIndex": 0, "endIndex": 3}]},
        None,
    )


def test_no_citations_are_none() -> None:
    assert CitationBook().written() == (None, None)
