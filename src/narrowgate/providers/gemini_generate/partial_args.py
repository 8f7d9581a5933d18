"""Put a call's arguments together from the pieces Vertex streams.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling (read 2026-11).
"""

import re
from itertools import pairwise
from typing import TypeGuard

import msgspec
from msgspec import UnsetType

from narrowgate.schemas.gemini_generate import PartialArg
from narrowgate.wire.errors import WireError

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d{1,6})\]|\['([^']*)'\]")
_MOST_ITEMS = 10_000


class PartialArguments:
    """Takes the pieces in their order. A text may come in several."""

    __slots__ = ("_root",)

    def __init__(self) -> None:
        self._root: dict[str, object] = {}

    def add(self, piece: PartialArg) -> None:
        """Put `piece` where its path says.

        Raises:
            WireError: the path is none, or leads through something that has no members.
        """
        path = piece.json_path or ""
        steps = [match[1] or match[3] or int(match[2] or 0) for match in _STEP.finditer(path)]
        if not path.startswith("$") or not steps:
            raise WireError(f"partialArgs: '{path[:80]}' is not a path")
        holder: object = self._root
        for step, following in pairwise(steps):
            inner = _at(holder, step)
            if inner is None:
                inner = [] if isinstance(following, int) else {}
                _put(holder, step, inner)
            holder = inner
        if piece.string_value is not None:
            before = _at(holder, steps[-1])
            _put(holder, steps[-1], (before if isinstance(before, str) else "") + piece.string_value)
        elif piece.number_value is not None:
            number = piece.number_value
            _put(holder, steps[-1], int(number) if number == int(number) else number)
        elif piece.bool_value is not None:
            _put(holder, steps[-1], piece.bool_value)
        elif not isinstance(piece.null_value, UnsetType):
            _put(holder, steps[-1], None)

    def text(self) -> str:
        """Return the arguments so far as JSON."""
        return msgspec.json.encode(self._root).decode()


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _at(holder: object, step: str | int) -> object:
    if _is_object(holder) and isinstance(step, str):
        return holder.get(step)
    if _is_list(holder) and isinstance(step, int):
        return holder[step] if step < len(holder) else None
    raise WireError("partialArgs: a path leads into something without members")


def _put(holder: object, step: str | int, value: object) -> None:
    if _is_object(holder) and isinstance(step, str):
        holder[step] = value
    elif _is_list(holder) and isinstance(step, int) and step < _MOST_ITEMS:
        holder.extend([None] * (step + 1 - len(holder)))
        holder[step] = value
    else:
        raise WireError("partialArgs: a path leads into something without members")
