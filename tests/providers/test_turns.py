"""Messages are gone through in order, results of tools apart from what is said."""

from narrowgate.model.conversation import CacheMark, Message, Role, Text, ToolResult
from narrowgate.providers.turns import Placed, TurnWriter


class Noted(TurnWriter):
    name = "It"

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[tuple[str, int]] = []

    def _speak(self, role: str, parts: Placed) -> None:
        for path, part in parts:
            self._mark(path, part)
        self.turns.append((role, len(parts)))

    def _result(self, path: str, result: ToolResult) -> None:
        self.turns.append((f"result of {result.call_id} at {path}", len(result.content)))

    def _assistant(self, parts: Placed) -> None:
        self.turns.append(("assistant", len(parts)))


def test_results_are_turns_of_their_own_in_their_order() -> None:
    noted = Noted()
    parts = (Text("a"), ToolResult("c", (Text("r"),)), Text("b", CacheMark()), Text("c"))
    for number, message in enumerate(
        (Message(Role.SYSTEM, ()), Message(Role.USER, parts, "Ann"), Message(Role.ASSISTANT, (Text("x"),)))
    ):
        noted.write(message, f"messages[{number}]")
    assert noted.turns == [
        ("system", 0),
        ("user", 1),
        ("result of c at messages[1].parts[1]", 1),
        ("user", 2),
        ("assistant", 1),
    ]
    assert {one.what for one in noted.lost} == {"messages[1].name", "messages[1].parts[2].cache"}
