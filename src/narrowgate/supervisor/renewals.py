"""How often credentials of clouds were obtained: what the egress, which has no metrics, tells for control to show."""

from collections.abc import Iterator

from narrowgate.supervisor.channel import Message


class Renewals:
    """Counts by provider and outcome, for as long as the supervisor lives: control is started anew by a reload."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def count(self, told: Message) -> Message:
        """Count what the egress told; return what control is told of it."""
        key = (str(told.get("provider", "")), "obtained" if told.get("is") == "told" else "failed")
        self._numbers[key] = self._numbers.get(key, 0) + 1
        return _message(key, self._numbers[key])

    def all(self) -> Iterator[Message]:
        """Yield what a new control is told."""
        for key, number in self._numbers.items():
            yield _message(key, number)


def _message(key: tuple[str, str], number: int) -> Message:
    provider, outcome = key
    return {"do": "renewals", "provider": provider, "outcome": outcome, "number": number}
