from base64 import b64encode

import msgspec
import pytest

from narrowgate.model.conversation import Audio, Document, Image, Source, Video
from narrowgate.schemas.bedrock_converse import Block
from narrowgate.schemas.bedrock_media import DOCUMENT_FORMATS, IMAGE_FORMATS, media_type_of, medium_of


def _medium(text: str) -> Image | Video | Audio | Document | None:
    return medium_of(msgspec.json.decode(text, type=Block))


def test_bytes_and_places_in_s3_are_sources() -> None:
    assert _medium('{"video":{"format":"three_gp","source":{"s3Location":{"uri":"s3://b/k"}}}}') == Video(
        Source(url="s3://b/k", media_type="video/3gpp")
    )
    assert _medium('{"audio":{"format":"mp3","source":{"bytes":"AA=="}}}') == Audio(
        Source(data="AA==", media_type="audio/mpeg")
    )
    assert _medium('{"image":{"format":"bmp","source":{"bytes":"AA=="}}}') == Image(
        Source(data="AA==", media_type="image/bmp")
    )


def test_a_document_keeps_its_name_and_context() -> None:
    text = (
        '{"document":{"format":"pdf","name":"n","context":"c","citations":{"enabled":true},'
        '"source":{"bytes":"JVBERi0="}}}'
    )
    source = Source(data="JVBERi0=", media_type="application/pdf")
    assert _medium(text) == Document(source, None, "n", "c", has_citations=True)


def test_a_text_document_is_its_text() -> None:
    data = b64encode("né".encode()).decode()
    assert _medium(f'{{"document":{{"format":"txt","name":"n","source":{{"bytes":"{data}"}}}}}}') == Document(
        text="né", name="n"
    )
    assert _medium('{"document":{"name":"n","source":{"text":"x"}}}') == Document(text="x", name="n")


def test_text_that_is_none_stays_bytes() -> None:
    assert _medium('{"document":{"format":"txt","name":"n","source":{"bytes":"/w=="}}}') == Document(
        Source(data="/w==", media_type="text/plain"), name="n"
    )


def test_pieces_of_text_are_joined_unless_they_are_cited_one_by_one() -> None:
    pieces = '"source":{"content":[{"text":"a"},{"text":"b"}]}'
    assert _medium(f'{{"document":{{"name":"n",{pieces}}}}}') == Document(text="ab", name="n")
    assert _medium(f'{{"document":{{"name":"n","citations":{{"enabled":true}},{pieces}}}}}') is None


@pytest.mark.parametrize(
    "text",
    ['{"text":"x"}', '{"image":{"format":"png","source":{}}}', '{"document":{"format":"pdf","source":{}}}'],
)
def test_without_bytes_there_is_no_medium(text: str) -> None:
    assert _medium(text) is None


@pytest.mark.parametrize("word", sorted(set(DOCUMENT_FORMATS.values())))
def test_every_document_format_has_a_media_type_and_back(word: str) -> None:
    assert DOCUMENT_FORMATS[media_type_of(word, DOCUMENT_FORMATS, "application")] == word


def test_the_usual_media_type_comes_first() -> None:
    assert media_type_of("jpeg", IMAGE_FORMATS, "image") == "image/jpeg"
