"""Read AWS's errors: in answers, where a header names the kind, and in streams, where a frame does.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html (read 2026-11).
"""

from collections.abc import Mapping

import msgspec

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.providers.refusal import retry_after_s
from narrowgate.wire.event_stream import Frame

_ANY = msgspec.json.Decoder()
_STATUS_OF = {
    "ValidationException": 400,
    "AccessDeniedException": 502,
    "ExpiredTokenException": 502,
    "UnrecognizedClientException": 502,
    "ResourceNotFoundException": 404,
    "ModelTimeoutException": 408,
    "ModelErrorException": 424,
    "ModelStreamErrorException": 424,
    "ModelNotReadyException": 429,
    "ThrottlingException": 429,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
}
_REFUSED = "the provider refused the gateway's credentials"
_MOST_WORDS = 2_000


def fault_of(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
    """Return what an answer of `status` >= 400 says, whatever its body is."""
    document = _document(body)
    is_ours = status in {401, 403}
    words = _words(document) if document is not None else _plain(body)
    named = headers.get(b"x-amzn-errortype", b"").decode("latin-1") or _text(document, "__type")
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        _REFUSED if is_ours else words or f"the provider answered with status {status}",
        retry_after_s=retry_after_s(headers),
        upstream_status=502 if is_ours else status,
        upstream_type=None if is_ours else _kind(named),
        request_id=headers.get(b"x-amzn-requestid", b"").decode("latin-1") or None,
    )


def fault_in(body: bytes) -> Fault | None:
    """Return what an error that came with status 200 says, None when the body is none."""
    document = _document(body)
    if not isinstance(document, dict) or "output" in document:
        return None
    kind, words = _kind(_text(document, "__type")), _words(document)
    return _told(kind, words) if kind or words else None


def fault_in_frame(frame: Frame) -> Fault:
    """Return what a frame says that is no event: an exception, or an error of the stream itself."""
    kind = frame.headers.get(":exception-type") or frame.headers.get(":error-code") or ""
    words = _words(_document(frame.payload)) or frame.headers.get(":error-message", "")
    # In streams the names begin with a small letter.
    return _told(_kind(kind[:1].upper() + kind[1:]), words)


def _told(kind: str | None, words: str) -> Fault:
    status = _STATUS_OF.get(kind or "", 500)
    is_ours = status == 502
    return Fault(
        FaultKind.UPSTREAM_REFUSED,
        _REFUSED if is_ours else words or "the provider broke off with an error",
        upstream_status=status,
        upstream_type=None if is_ours else kind,
    )


def _kind(named: str) -> str | None:
    """Return the bare name in `com.amazon.coral#ValidationException` and in `ValidationException:http://…`."""
    return named.partition(":")[0].rpartition("#")[2].strip() or None


def _document(body: bytes) -> object:
    try:
        return _ANY.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _words(document: object) -> str:
    found = _text(document, "message") or _text(document, "Message") or (document if isinstance(document, str) else "")
    return found[:_MOST_WORDS].strip()


def _text(document: object, name: str) -> str:
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def _plain(body: bytes) -> str:
    text = body[:_MOST_WORDS].decode("utf-8", "replace").strip()
    return "" if text.startswith("<") or text == "null" else text
