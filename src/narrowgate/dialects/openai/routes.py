"""Which paths of the OpenAI dialect mean which operation.

Source: https://platform.openai.com/docs/api-reference,
https://learn.microsoft.com/azure/ai-services/openai/reference (read 2026-11).
"""

from urllib.parse import unquote_to_bytes

from narrowgate.model.operation import Operation
from narrowgate.providers.profile import DEFAULT_PATHS

_PREFIXES = ("", "/v1", "/openai/v1", "/openai")
OPERATIONS: dict[bytes, Operation] = {
    (prefix + path).encode(): operation for prefix in _PREFIXES for operation, path in DEFAULT_PATHS.items()
}
MODELS_PATHS = frozenset((prefix + "/models").encode() for prefix in _PREFIXES)

_DEPLOYMENTS = (b"/openai/deployments/", b"/deployments/", b"/v1/engines/", b"/engines/")
# The longest first: `/chat/completions` also ends in `/completions`.
_BY_SUFFIX = {
    path.encode(): operation for operation, path in sorted(DEFAULT_PATHS.items(), key=lambda item: -len(item[1]))
}
_MULTIPART = frozenset(
    {Operation.TRANSCRIPTIONS, Operation.TRANSLATIONS, Operation.IMAGE_EDITS, Operation.IMAGE_VARIATIONS}
)


def deployment_of(path: bytes) -> tuple[Operation, str] | None:
    """Read an Azure-style path: the operation and the model named in it, or None.

    The model may be percent-encoded and may hold a slash (`provider/model`, or `%2F`).
    """
    for prefix in _DEPLOYMENTS:
        if path.startswith(prefix):
            rest = path[len(prefix) :]
            suffix = next((suffix for suffix in _BY_SUFFIX if rest.endswith(suffix)), None)
            if suffix is None or len(rest) == len(suffix):
                return None
            try:
                return _BY_SUFFIX[suffix], unquote_to_bytes(rest[: -len(suffix)]).decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def model_of(path: bytes) -> str | None:
    """Read `/v1/models/{id}`: the id, or None when the path is none."""
    for prefix in MODELS_PATHS:
        if path.startswith(prefix + b"/"):
            try:
                return unquote_to_bytes(path[len(prefix) + 1 :]).decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def is_upload(operation: Operation, content_type: bytes) -> bool:
    """Whether a request of this kind is a form whose files are streamed through."""
    return operation in _MULTIPART and content_type[:19].lower() == b"multipart/form-data"
