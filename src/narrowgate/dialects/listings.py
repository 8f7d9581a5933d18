"""Lists of models as each dialect's clients read them.

Sources: https://docs.anthropic.com/en/api/models-list, https://ai.google.dev/api/models,
https://docs.ollama.com/api/tags, https://docs.mistral.ai/api/endpoint/models (read 2026-11).
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from narrowgate.dialects.ollama_chat.listing import running, tags, version

_ENCODER = msgspec.json.Encoder()
_METHODS = ("generateContent", "countTokens")
_NO_DATE = "1970-01-01T00:00:00Z"  # nothing is known, but the member is required

# Makes the answer from the names a key may use and Unix time in seconds.
Listing = Callable[[Sequence[str], int], bytes]


def listing_of(path: bytes, headers: Mapping[bytes, bytes], own_version: str) -> Listing | None:
    """Return what a GET of `path` lists in a dialect other than OpenAI's, None when that is none of them."""
    for prefix in (b"/anthropic", b"/genai", b"/ollama"):
        if path.startswith(prefix + b"/"):
            path = path[len(prefix) :]
    if path == b"/v1/models" and b"anthropic-version" in headers:
        return _anthropic
    if path == b"/v1/models" and headers.get(b"user-agent", b"").startswith(b"mistral-client-python/"):
        return _mistral
    if path in {b"/v1beta/models", b"/v1alpha/models"}:
        return _gemini
    if path == b"/api/tags":
        return tags
    if path == b"/api/ps":
        return lambda _names, _now_s: running()
    if path == b"/api/version":
        return lambda _names, _now_s: version(own_version)
    return None


def _anthropic(names: Sequence[str], _now_s: int) -> bytes:
    data = [{"type": "model", "id": name, "display_name": name, "created_at": _NO_DATE} for name in names]
    ends = {"first_id": names[0] if names else None, "last_id": names[-1] if names else None}
    return _ENCODER.encode({"data": data, "has_more": False, **ends})


def _mistral(names: Sequence[str], now_s: int) -> bytes:
    """Mistral's own client refuses a model without a type."""
    data = [
        {"id": name, "object": "model", "created": now_s, "owned_by": name.partition("/")[0], "type": "base"}
        | {"capabilities": {}}
        for name in names
    ]
    return _ENCODER.encode({"object": "list", "data": data})


def _gemini(names: Sequence[str], _now_s: int) -> bytes:
    models = [
        {"name": f"models/{name}", "displayName": name, "version": "", "supportedGenerationMethods": _METHODS}
        for name in names
    ]
    return _ENCODER.encode({"models": models})
