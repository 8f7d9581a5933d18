"""Media are written as OpenAI's clients write them."""

import json

import msgspec
import pytest

from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Form,
    Image,
    Part,
    Source,
    Text,
    Thought,
    ToolCall,
    Video,
)
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.losses import Losses
from narrowgate.providers.openai_chat.parts import PartWriter
from tests.providers.openai_chat.asked import Json

PDF = Source(data="AA", media_type="application/pdf")


def written(part: Part, quirks: Quirks | None = None, *, is_own: bool = False) -> tuple[Json | None, dict[str, bool]]:
    losses = Losses(quirks or Quirks(), is_own=is_own)
    text = PartWriter(quirks or Quirks(), losses, is_own=is_own).write(part, "p")
    found: Json | None = None if text is None else json.loads(text)
    return found, {loss.what: loss.is_hint for loss in losses.found}


@pytest.mark.parametrize(
    ("part", "json"),
    [
        (
            Image(Source(url="https://x"), "low"),
            {"type": "image_url", "image_url": {"url": "https://x", "detail": "low"}},
        ),
        (Image(Source(data="/9j/4A")), {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,/9j/4A"}}),
        (
            Audio(Source(data="AA", media_type="audio/mpeg")),
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
        ),
        (
            Audio(Source(data="AA", media_type="audio/flac")),
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "flac"}},
        ),
        (
            Document(PDF, name="a.pdf"),
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA", "filename": "a.pdf"}},
        ),
        (Document(Source(file_id="f")), {"type": "file", "file": {"file_id": "f"}}),
        (Document(text="words"), {"type": "text", "text": "words"}),
        (Foreign(Form.OPENAI_CHAT, "x", msgspec.Raw(b'{"type":"x"}')), {"type": "x"}),
    ],
)
def test_a_part_is_written(part: Part, json: Json) -> None:
    assert written(part) == (json, {})


@pytest.mark.parametrize(
    "part",
    [
        Image(Source(file_id="f")),
        Audio(Source(url="https://x")),
        Video(Source(url="https://x")),
        Document(Source(url="https://x")),
        Foreign(Form.COHERE_CHAT, "x", msgspec.Raw(b"{}")),
        ToolCall("a", "f", "{}"),
        Thought("hm"),
    ],
)
def test_what_has_no_place_is_no_hint(part: Part) -> None:
    assert written(part) == (None, {"p": False})


def test_some_imitators_take_more() -> None:
    assert written(Video(Source(url="https://x")), Quirks(has_video=True))[0] == {
        "type": "video_url",
        "video_url": {"url": "https://x"},
    }
    found, _ = written(Document(Source(url="https://x"), name="a"), Quirks(document_field="document_url"))
    assert found == {"type": "document_url", "document_url": "https://x", "document_name": "a"}
    assert written(Document(PDF), Quirks(document_field="")) == (None, {"p": False})
    assert written(Audio(Source(url="https://x")), is_own=True)[0] == {
        "type": "audio_url",
        "audio_url": {"url": "https://x"},
    }


def test_what_only_documents_elsewhere_have_is_named() -> None:
    _, lost = written(Document(text="a", name="n", context="c", has_citations=True))
    assert lost == {"p.context": True, "p.has_citations": True, "p.name": True}


def test_citations_are_not_sent_back() -> None:
    assert written(Text("a"))[1] == {}
