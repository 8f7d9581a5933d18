"""Bodies for clouds that serve Anthropic's models: there the path names the model.

Sources: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai,
https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude-count-tokens (read 2026-11).
"""

import re

import msgspec

from narrowgate.schemas.reading import read

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_VERSION = "vertex-2023-10-16"
_MODEL = re.compile(rb"/models/[^/ ]+:rawPredict")


def for_vertex(body: bytes) -> bytes:
    """Return a request's `body` for Vertex AI: it names no model, and the version of the API in place of a header.

    Raises:
        WireError: it is no JSON object.
    """
    return _versioned(body, frozenset({"model"}))


def for_vertex_count(line: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Return request line and body to have tokens counted at Vertex AI: there the body names the model.

    `line` is that of a conversation.

    Raises:
        WireError: `body` is no JSON object.
    """
    return _MODEL.sub(b"/models/count-tokens:rawPredict", line), _versioned(body, frozenset())


def _versioned(body: bytes, without: frozenset[str]) -> bytes:
    members = read(_MEMBERS, body)
    kept = {name: value for name, value in members.items() if name not in {*without, "anthropic_version"}}
    return msgspec.json.encode({"anthropic_version": _VERSION, **kept})
