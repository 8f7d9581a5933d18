"""What Ollama's clients ask about models before they chat: `/api/tags`, `/api/show`, `/api/ps`, `/api/version`.

Source: https://docs.ollama.com/api/tags, https://docs.ollama.com/api-reference/show-model-details
(read 2026-11).
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec

from narrowgate.wire.instant import rfc3339

_ENCODER = msgspec.json.Encoder()
# What the gateway cannot know of a model is empty, but there: clients read it without asking.
_DETAILS = {
    "parent_model": "",
    "format": "",
    "family": "",
    "families": [],
    "parameter_size": "",
    "quantization_level": "",
}
CAPABILITIES = ("completion", "tools", "vision", "thinking")


def tags(names: Iterable[str], now_s: int) -> bytes:
    """Return the answer of `/api/tags` for models of these names."""
    modified = rfc3339(now_s)
    models = [
        {
            "name": name,
            "model": name,
            "modified_at": modified,
            "size": 0,
            "digest": sha256(name.encode()).hexdigest(),
            "details": _DETAILS,
        }
        for name in names
    ]
    return _ENCODER.encode({"models": models})


def show(name: str, now_s: int, capabilities: Sequence[str] = CAPABILITIES) -> bytes:
    """Return the answer of `/api/show` for a model that exists."""
    shown = {
        "modelfile": f"FROM {name}",
        "parameters": "",
        "template": "",
        "license": "",
        "details": _DETAILS,
        "model_info": {"general.architecture": "", "general.basename": name},
        "capabilities": capabilities,
        "modified_at": rfc3339(now_s),
    }
    return _ENCODER.encode(shown)


def running() -> bytes:
    """Return the answer of `/api/ps`: nothing is loaded here."""
    return b'{"models":[]}'


def version(text: str) -> bytes:
    """Return the answer of `/api/version`; clients compare it with the first that had what they need."""
    return _ENCODER.encode({"version": text})
