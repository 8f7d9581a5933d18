"""Bodies for clouds that serve Anthropic's models: there the path names the model.

Source: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai (read 2026-11).
"""

import msgspec

from narrowgate.schemas.reading import read

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_VERSION = "vertex-2023-10-16"


def for_vertex(body: bytes) -> bytes:
    """Return a request's `body` for Vertex AI: it names no model, and the version of the API in place of a header.

    Raises:
        WireError: it is no JSON object.
    """
    members = read(_MEMBERS, body)
    kept = {name: value for name, value in members.items() if name not in {"model", "anthropic_version"}}
    return msgspec.json.encode({"anthropic_version": _VERSION, **kept})
