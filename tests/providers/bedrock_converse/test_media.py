import msgspec
import pytest

from narrowgate.model.conversation import Audio, Document, Image, Inexpressible, Source, Video
from narrowgate.providers.bedrock_converse.media import MediaWriter
from narrowgate.schemas.bedrock_converse import Block

_PNG = "iVBORw0KGgo="


def _written(medium: Image | Audio | Video | Document, *, is_own: bool = False) -> tuple[object, list[Inexpressible]]:
    lost: list[Inexpressible] = []
    return msgspec.to_builtins(_block(MediaWriter(lost, is_own=is_own), medium)), lost


def _block(writer: MediaWriter, medium: Image | Audio | Video | Document) -> Block | None:
    match medium:
        case Image():
            return writer.image(medium, "p")
        case Audio():
            return writer.audio(medium, "p")
        case Video():
            return writer.video(medium, "p")
        case Document():
            return writer.document(medium, "p")


@pytest.mark.parametrize(
    ("medium", "block"),
    [
        (
            Image(Source(data="AA==", media_type="image/jpg")),
            {"image": {"format": "jpeg", "source": {"bytes": "AA=="}}},
        ),
        (Image(Source(data=_PNG)), {"image": {"format": "png", "source": {"bytes": _PNG}}}),
        (
            Video(Source(url="s3://b/k.mp4")),
            {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/k.mp4"}}}},
        ),
        (
            Audio(Source(data="AA==", media_type="audio/wav")),
            {"audio": {"format": "wav", "source": {"bytes": "AA=="}}},
        ),
        (
            Document(Source(data="JVBERi0="), name="a"),
            {"document": {"source": {"bytes": "JVBERi0="}, "name": "a", "format": "pdf"}},
        ),
        (
            Document(text="hé", name="a"),
            {"document": {"source": {"bytes": "aMOp"}, "name": "a", "format": "txt"}},
        ),
        (
            Document(text="x", name="a", context="c", has_citations=True),
            {
                "document": {
                    "source": {"text": "x"},
                    "name": "a",
                    "format": "txt",
                    "context": "c",
                    "citations": {"enabled": True},
                }
            },
        ),
        (
            Document(Source(data="e30=", media_type="application/json"), name="a"),
            {"document": {"source": {"bytes": "e30="}, "name": "a", "format": "txt"}},
        ),
    ],
)
def test_a_medium_is_written(medium: Image | Audio | Video | Document, block: object) -> None:
    assert _written(medium) == (block, [])


@pytest.mark.parametrize(
    ("medium", "what"),
    [
        (Image(Source(url="https://a/b.png")), "p.source.url"),
        (Image(Source(file_id="f")), "p.source.file_id"),
        (Image(Source(data="AA==", media_type="image/bmp")), "p.source.media_type"),
        (Audio(Source(data="AA==")), "p.source.media_type"),
        (Document(Source(url="https://a/b.pdf")), "p.source.url"),
        (Document(Source(data="AA==", media_type="application/zip"), name="a"), "p.source.media_type"),
    ],
)
def test_what_bedrock_cannot_take_is_told(medium: Image | Audio | Document, what: str) -> None:
    block, lost = _written(medium)
    assert block is None
    assert [(one.what, one.is_hint) for one in lost] == [(what, False)]


def test_the_resolution_is_a_hint() -> None:
    block, lost = _written(Image(Source(data=_PNG), detail="high"))
    assert block is not None
    assert [(one.what, one.is_hint) for one in lost] == [("p.detail", True)]


def test_a_name_is_made_fit_and_its_ending_tells_the_format() -> None:
    block, lost = _written(Document(Source(data="AA=="), name="Bericht_2.csv"))
    assert block == {"document": {"source": {"bytes": "AA=="}, "name": "Bericht 2 csv", "format": "csv"}}
    assert [(one.what, one.is_hint) for one in lost] == [("p.name", True)]


def test_names_are_told_apart() -> None:
    lost: list[Inexpressible] = []
    writer = MediaWriter(lost, is_own=False)
    blocks = [writer.document(Document(text="x"), "p") for _ in range(3)]
    names = [block.document.name for block in blocks if block is not None and block.document is not None]
    assert names == ["document", "document 2", "document 3"]
    assert lost == []


def test_an_own_client_is_taken_at_its_word() -> None:
    assert _written(Image(Source(data="AA==", media_type="image/bmp")), is_own=True) == (
        {"image": {"format": "bmp", "source": {"bytes": "AA=="}}},
        [],
    )
    block, lost = _written(Document(text="x", name="a_b.c"), is_own=True)
    assert lost == []
    assert isinstance(block, dict)
    assert block["document"]["name"] == "a_b.c"
