"""Bodies for the clouds that serve Anthropic's models: there the path names the model.

Source: https://platform.claude.com/docs/en/api/claude-on-vertex-ai, …/claude-on-amazon-bedrock (read 2026-11).
"""

import msgspec

from narrowgate.schemas.reading import read

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def for_vertex(body: bytes) -> bytes:
    """Return a request's `body` for Vertex AI.

    Raises:
        WireError: it is no JSON object.
    """
    return _moved(body, "vertex-2023-10-16", frozenset({"model"}), ())


def for_bedrock(body: bytes, betas: tuple[str, ...] = ()) -> bytes:
    """Return a request's `body` for Bedrock's InvokeModel; `betas` go into it, not into a header.

    Raises:
        WireError: it is no JSON object.
    """
    return _moved(body, "bedrock-2023-05-31", frozenset({"model", "stream"}), betas)


def _moved(body: bytes, version: str, without: frozenset[str], betas: tuple[str, ...]) -> bytes:
    moved: dict[str, object] = {"anthropic_version": version}
    moved |= {name: value for name, value in read(_MEMBERS, body).items() if name not in without | moved.keys()}
    if betas:
        moved["anthropic_beta"] = betas
    return msgspec.json.encode(moved)
