"""Parts of every kind that clients send are read."""

import msgspec
import pytest

from narrowgate.model.conversation import (
    Audio,
    CacheMark,
    Document,
    Extension,
    Foreign,
    Form,
    Image,
    Part,
    Refusal,
    Source,
    Text,
    Thought,
    Video,
)
from tests.dialects.openai_chat.asking import Json, asked, refused, said

WEB = Source(url="https://x")
PNG = Source(data="AA", media_type="image/png")
PDF = Source(data="AA", media_type="application/pdf")


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, Text("a", CacheMark())),
        ("a", Text("a")),
        ({"type": "refusal", "refusal": "no"}, Refusal("no")),
        ({"type": "image_url", "image_url": {"url": "https://x", "detail": "low"}}, Image(WEB, "low")),
        ({"type": "image_url", "image_url": "data:image/png;base64,AA"}, Image(PNG)),
        ({"type": "video_url", "video_url": {"url": "https://x"}}, Video(WEB)),
        ({"type": "audio_url", "audio_url": {"url": "https://x"}}, Audio(WEB)),
        (
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
            Audio(Source(data="AA", media_type="audio/mpeg")),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
            Audio(Source(data="AA", media_type="audio/wav")),
        ),
        ({"type": "input_audio", "input_audio": "AA"}, Audio(Source(data="AA"))),
        ({"type": "input_audio", "input_audio": "https://x"}, Audio(WEB)),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA", "filename": "a"}},
            Document(PDF, name="a"),
        ),
        ({"type": "file", "file": {"file_data": "AA", "format": "application/pdf"}}, Document(PDF)),
        ({"type": "file", "file": {"file_id": "f"}}, Document(Source(file_id="f"))),
        (
            {"type": "file", "file": {"file_id": "https://x", "format": "application/pdf"}},
            Document(Source("https://x", media_type="application/pdf")),
        ),
        ({"type": "document_url", "document_url": "https://x", "document_name": "a"}, Document(WEB, name="a")),
        ({"type": "file_url", "file_url": {"url": "https://x"}}, Document(WEB)),
        ({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, Thought("hm")),
        ({"type": "thinking", "thinking": "hm"}, Thought("hm")),
        ({"type": "odd", "x": 1}, Foreign(Form.OPENAI_CHAT, "odd", msgspec.Raw(b'{"type": "odd", "x": 1}'))),
    ],
)
def test_a_part_is_read(written: object, part: Part) -> None:
    assert said({"role": "user", "content": [written]})[0].parts == (part,)


def test_a_data_url_that_is_not_base64_stays_a_url() -> None:
    url = "data:text/plain,words"
    assert said({"role": "user", "content": [{"type": "image_url", "image_url": url}]})[0].parts == (
        Image(Source(url)),
    )


def test_members_only_some_know_ride_along() -> None:
    content = ["a", {"type": "text", "text": "b", "odd": 1}]
    assert asked(messages=[{"role": "user", "content": content}]).extensions == (
        Extension("messages[0].parts[1].odd", msgspec.Raw(b"1"), is_hint=True),
    )


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"type": "image_url"}, "image_url"),
        ({"type": "file", "file": {}}, "file"),
        ({"type": "input_audio"}, "input_audio"),
        ({"type": "image_url", "image_url": {}}, "image_url"),
        ({"text": "a"}, ""),
        (7, ""),
    ],
)
def test_what_is_wrong_is_named(part: object, path: str) -> None:
    where = "messages[0].content[0]"
    assert refused(messages=[{"role": "user", "content": [part]}]).param == (f"{where}.{path}" if path else where)


def test_json_is_read_as_it_is() -> None:
    part: Json = {"type": "text", "text": "é🙂"}
    assert said({"role": "user", "content": [part]})[0].parts == (Text("é🙂"),)
