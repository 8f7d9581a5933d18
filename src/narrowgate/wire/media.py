"""Tell what a file is by how it begins: what a server says of it is only believed where that fits.

Source: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern and its neighbours (read 2026-11).
"""

_STARTS: tuple[tuple[bytes, int, bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, b"", "image/png"),
    (b"\xff\xd8\xff", 0, b"", "image/jpeg"),
    (b"GIF87a", 0, b"", "image/gif"),
    (b"GIF89a", 0, b"", "image/gif"),
    (b"RIFF", 8, b"WEBP", "image/webp"),
    (b"RIFF", 8, b"WAVE", "audio/wav"),
    (b"BM", 14, b"(\x00\x00\x00", "image/bmp"),
    (b"%PDF-", 0, b"", "application/pdf"),
    (b"ID3", 0, b"", "audio/mpeg"),
    (b"\xff\xfb", 0, b"", "audio/mpeg"),
    (b"\xff\xf3", 0, b"", "audio/mpeg"),
    (b"OggS", 0, b"", "audio/ogg"),
    (b"fLaC", 0, b"", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", 0, b"", "video/webm"),
    (b"", 4, b"ftypheic", "image/heic"),
    (b"", 4, b"ftypM4A", "audio/mp4"),
    (b"", 4, b"ftyp", "video/mp4"),
)
# Containers that only their declared type tells apart.
_ZIPPED = "application/vnd.openxmlformats-officedocument."
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = frozenset({"application/msword", "application/vnd.ms-excel"})
_OLE = b"\xd0\xcf\x11\xe0"
_ALSO_TEXT = frozenset({"application/json", "application/xml", "application/x-yaml"})


def media_type_of(data: bytes, declared: str) -> str | None:
    """Return the MIME type of a file, None when it is none that a model could be shown.

    `declared` is a content type as a server sends it; it decides between files that begin alike.
    """
    said = declared.partition(";")[0].strip().lower()
    for start, at, inner, found in _STARTS:
        if data.startswith(start) and data.startswith(inner, at):
            return found
    if data.startswith(_ZIP):
        return said if said.startswith(_ZIPPED) else None
    if data.startswith(_OLE):
        return said if said in _OLD_OFFICE else None
    if (said.startswith("text/") or said in _ALSO_TEXT) and _is_text(data):
        return said
    return None


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in data
