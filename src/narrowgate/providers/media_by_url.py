"""Which media providers take by URL, and which only as bytes: what is worth fetching for them.

Sources: https://docs.claude.com/en/docs/build-with-claude/vision, https://ai.google.dev/gemini-api/docs/file-input-methods,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageSource.html, https://docs.cohere.com/docs/image-inputs,
https://docs.ollama.com/capabilities/vision, https://platform.openai.com/docs/guides/pdf-files (read 2026-11).
"""

from collections.abc import Mapping
from types import MappingProxyType

from narrowgate.model.conversation import Form
from narrowgate.providers.family import Quirks

_ALL = frozenset({"image", "audio", "video", "document"})
_NONE: frozenset[str] = frozenset()
# Each form: what it takes at all, and what of that by URL.
_TAKEN: Mapping[Form, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    {
        Form.ANTHROPIC_MESSAGES: (frozenset({"image", "document"}), frozenset({"image", "document"})),
        Form.BEDROCK_CONVERSE: (_ALL, _NONE),
        Form.COHERE_CHAT: (frozenset({"image"}), frozenset({"image"})),
        # Of its models only newer ones fetch, and fewer types than they take as bytes.
        Form.GEMINI_GENERATE: (_ALL, _NONE),
        Form.OLLAMA_CHAT: (frozenset({"image"}), _NONE),
        Form.OPENAI_CHAT: (_ALL, frozenset({"image", "video"})),
        Form.OPENAI_RESPONSES: (frozenset({"image", "audio", "document"}), frozenset({"image", "document"})),
    }
)
# Files that lie with Google already, and films that only it may show.
_OF_GOOGLE = ("https://generativelanguage.googleapis.com/", "https://www.youtube.com/", "https://youtu.be/")


def needs_bytes(url: str, kind: str, form: Form, quirks: Quirks) -> bool:
    """Whether a medium of `kind` ("image", …) has to be fetched for a provider that is asked in `form`."""
    if not url.startswith(("https://", "http://")):
        return False  # a bucket of the provider's own cloud
    if form is Form.GEMINI_GENERATE and url.startswith(_OF_GOOGLE):
        return False
    taken, by_url = _TAKEN[form]
    if form is Form.OPENAI_CHAT and kind == "document":
        return quirks.document_field == "file"
    if form is Form.OPENAI_CHAT and kind == "video" and not quirks.has_video:
        return False
    return kind in taken and (kind not in by_url or not quirks.takes_urls)
