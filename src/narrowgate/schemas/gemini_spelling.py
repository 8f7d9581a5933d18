"""Give a Gemini request's members one spelling: Google takes snake_case and camelCase, even mixed.

What belongs to the client itself (arguments, results, schemas, …) keeps its names and its bytes.
Source: https://protobuf.dev/programming-guides/json/ (read 2026-11).
"""

import re

import msgspec
from msgspec import Raw

_SNAKE = re.compile(rb'"[a-z]+_[a-z_]*"[ \t\r\n]*:')
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_ARRAY = msgspec.json.Decoder(list[Raw])


class _Shape:
    """Which members of an object are looked into; all its own members are respelled."""

    __slots__ = ("members",)

    def __init__(self, **members: "_Shape") -> None:
        self.members = members


_LEAF = _Shape()
_PART = _Shape(inlineData=_LEAF, fileData=_LEAF, functionCall=_LEAF, functionResponse=_LEAF)
_PART.members["functionResponse"] = _Shape(parts=_PART)
_CONTENT = _Shape(parts=_PART)
_EMBED = _Shape(content=_CONTENT)
_REQUEST = _Shape(
    contents=_CONTENT,
    systemInstruction=_CONTENT,
    tools=_Shape(functionDeclarations=_LEAF),
    toolConfig=_Shape(functionCallingConfig=_LEAF),
    generationConfig=_Shape(thinkingConfig=_LEAF),
    content=_CONTENT,
    requests=_EMBED,
)
_REQUEST.members["generateContentRequest"] = _REQUEST


def spelled(body: bytes) -> bytes:
    """Return `body`, a request, with camelCase members; as it came if it has no others.

    What is no JSON object comes back as it came too, for the schema to complain about.
    """
    if _SNAKE.search(body) is None:
        return body
    try:
        return _respelled(body, _REQUEST)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body


def _respelled(text: bytes | Raw, shape: _Shape) -> bytes:
    opening = bytes(text).lstrip()[:1]
    if opening == b"[":
        return b"[" + b",".join([_respelled(item, shape) for item in _ARRAY.decode(text)]) + b"]"
    if opening != b"{":
        return bytes(text)
    found: dict[str, Raw] = {}
    for name, value in _OBJECT.decode(text).items():
        own = camel(name)
        inner = shape.members.get(own)
        found[own] = value if inner is None else Raw(_respelled(value, inner))
    return msgspec.json.encode(found)


def camel(name: str) -> str:
    """Return `name` as Google's JSON spells it."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
