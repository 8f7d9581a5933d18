"""Go through a conversation's messages for forms that have a role for tools: who speaks, and results apart."""

from collections.abc import Sequence
from itertools import groupby

from narrowgate.model.conversation import (
    Audio,
    Document,
    Image,
    Inexpressible,
    Message,
    Part,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Video,
)

# Parts with their neutral paths.
Placed = Sequence[tuple[str, Part]]


class TurnWriter:
    """Writes turn by turn; what each turn is, a form says. `lost` is what had no place in it."""

    name = ""  # what complaints call the provider

    def __init__(self) -> None:
        self.lost: list[Inexpressible] = []

    def write(self, message: Message, where: str) -> None:
        """Add `message`, the neutral path of which is `where`."""
        if message.name is not None:
            self._lose(f"{where}.name", "a message has no name of its speaker", is_hint=True)
        numbered = [(f"{where}.parts[{number}]", part) for number, part in enumerate(message.parts)]
        if message.role is Role.ASSISTANT:
            self._assistant(numbered)
            return
        role = "system" if message.role is Role.SYSTEM else "user"
        for is_result, run in groupby(numbered, key=lambda pair: isinstance(pair[1], ToolResult)):
            parts = list(run)
            if not is_result:
                self._speak(role, parts)
                continue
            for path, part in parts:
                if isinstance(part, ToolResult):
                    self._result(path, part)
        if not message.parts:
            self._speak(role, [])

    def _speak(self, role: str, parts: Placed) -> None:
        """Add what the system or the user says."""
        raise NotImplementedError

    def _result(self, path: str, result: ToolResult) -> None:
        """Add what a tool gave."""
        raise NotImplementedError

    def _assistant(self, parts: Placed) -> None:
        """Add what the model said."""
        raise NotImplementedError

    def _mark(self, path: str, part: Part) -> None:
        match part:
            case Text() | Image() | Audio() | Video() | Document() | ToolCall() | ToolResult():
                if part.cache is not None:
                    self._lose(f"{path}.cache", f"{self.name} caches by itself", is_hint=True)
            case _:
                pass

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self.lost.append(Inexpressible(what, why, is_hint))
