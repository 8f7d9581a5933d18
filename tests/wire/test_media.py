"""A file is what its first bytes say."""

import pytest

from narrowgate.wire.media import media_type_of


@pytest.mark.parametrize(
    ("data", "declared", "found"),
    [
        (b"\x89PNG\r\n\x1a\n...", "application/octet-stream", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/png", "image/jpeg"),
        (b"GIF89a", "", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "", "audio/wav"),
        (b"%PDF-1.7", "text/html", "application/pdf"),
        (b"\x00\x00\x00\x18ftypmp42", "", "video/mp4"),
        (b"\x00\x00\x00\x18ftypheic", "", "image/heic"),
        (b"hello", "text/plain; charset=utf-8", "text/plain"),
        (b"{}", "application/json", "application/json"),
        (b"hello", "image/png", None),
        (b"\xff\x00", "text/plain", None),
        (b"a\x00b", "text/plain", None),
        (b"PK\x03\x04", "application/zip", None),
        (
            b"PK\x03\x04",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"\xd0\xcf\x11\xe0", "application/msword", "application/msword"),
        (b"", "", None),
    ],
)
def test_a_file_is_what_it_begins_with(data: bytes, declared: str, found: str | None) -> None:
    assert media_type_of(data, declared) == found
