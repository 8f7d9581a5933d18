"""Keep account of what a provider's form has no place for, and of the members only a client's form knows."""

import re

import msgspec

from narrowgate.model.conversation import Form, Inexpressible, Request
from narrowgate.providers.family import Quirks

_WITHIN = re.compile(r"((?:messages|tools)\[\d+\](?:\.[a-z]+(?:\[\d+\])?)*|stream_options)\.([^.]+)")
_BEYOND = frozenset({"sampling.top_k", "sampling.min_p"})  # of imitators, not of OpenAI


class Losses:
    """What could not be written."""

    def __init__(self, quirks: Quirks, *, is_own: bool) -> None:
        self._unknown = quirks.unknown
        if not is_own:  # a client of this form knows what its provider takes
            self._unknown |= _BEYOND - quirks.known
        self.found: list[Inexpressible] = []

    def note(self, what: str, why: str, *, is_hint: bool = False) -> None:
        """Say that `what` is left out."""
        self.found.append(Inexpressible(what, why, is_hint))

    def is_refused(self, what: str, *, is_hint: bool = False) -> bool:
        """Whether the provider refuses `what`; then that is noted."""
        if what not in self._unknown:
            return False
        self.note(what, "this provider does not take it", is_hint=is_hint)
        return True


class Members:
    """The client's own members, to be written where they stood; those of another form are losses."""

    def __init__(self, request: Request, losses: Losses) -> None:
        self._losses = losses
        self._left: dict[str, list[tuple[str, msgspec.Raw]]] = {}
        for extension in request.extensions:
            if request.form is not Form.OPENAI_CHAT:
                why = f"only {request.form.value} knows it"
                losses.note(f"extensions.{extension.name}", why, is_hint=extension.is_hint)
                continue
            within = _WITHIN.fullmatch(extension.name)
            place, name = (within[1], within[2]) if within else ("", extension.name)
            self._left.setdefault(place, []).append((name, extension.value))

    def joined(self, place: str, text: bytes) -> msgspec.Raw:
        """Return the JSON object `text` with the members that stood at the path `place`."""
        added = self._left.pop(place, ())
        if not added:
            return msgspec.Raw(text)
        pairs = [msgspec.json.encode(name) + b":" + bytes(value) for name, value in added]
        first = () if text == b"{}" else (text[1:-1],)
        return msgspec.Raw(b"{" + b",".join((*first, *pairs)) + b"}")

    def report(self) -> None:
        """Note the members whose place is no more."""
        for place, added in self._left.items():
            for name, _ in added:
                self._losses.note(f"extensions.{place}.{name}", "what it belongs to is not sent", is_hint=True)
