"""The parameters that an admin call's query may have."""

from urllib.parse import parse_qsl

from narrowgate.adapters.store.rows import Filter
from narrowgate.model.fault import Failed, Fault, FaultKind

FILTERS = frozenset({"key", "model", "provider", "since", "until", "status", "failed"})
_MOST_DIGITS = 15  # of a number; three fewer than the database's integers hold, for seconds become ms
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


class Query:
    """The parameters of a query string, each known and at most once.

    Every method raises Failed for a value it cannot use, naming the parameter.
    """

    def __init__(self, text: str, known: frozenset[str]) -> None:
        self._values: dict[str, str] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            if name not in known:
                raise Failed(bad_parameter(name[:40], f"is not one of {', '.join(sorted(known))}"))
            if name in self._values:
                raise Failed(bad_parameter(name, "is given twice; give it once"))
            self._values[name] = value

    def text(self, name: str) -> str:
        """Return a parameter, empty when it is not given."""
        return self._values.get(name, "")

    def number(self, name: str) -> int | None:
        """Return a whole number."""
        text = self._values.get(name)
        if text is None:
            return None
        if not _is_number(text):
            raise Failed(bad_parameter(name, f"'{text[:40]}' is not a whole number"))
        return int(text)

    def filter(self) -> Filter:
        """Return which usage rows the parameters ask for; times are Unix seconds."""
        return Filter(
            key_id=self.text("key"),
            model=self.text("model"),
            provider=self.text("provider"),
            since_ms=self._moment("since"),
            until_ms=self._moment("until"),
            status=self.number("status"),
            is_failed=self._flag("failed"),
            before=self._cursor(),
        )

    def _cursor(self) -> tuple[int, str] | None:
        text = self.text("cursor")
        if not text:
            return None
        moment, dot, call_id = text.partition(".")
        if not _is_number(moment) or not dot:
            raise Failed(bad_parameter("cursor", "is not one this API gave"))
        return int(moment), call_id

    def _flag(self, name: str) -> bool:
        text = self.text(name)
        if text not in _FLAGS:
            raise Failed(bad_parameter(name, f"'{text[:40]}' is not one of true, false"))
        return _FLAGS[text]

    def _moment(self, name: str) -> int | None:
        seconds = self.number(name)
        return None if seconds is None else seconds * 1_000


def bad_parameter(param: str, problem: str) -> Fault:
    """Return the fault of a parameter that cannot be used."""
    return Fault(FaultKind.BAD_REQUEST, f"{param}: {problem}", param=param, code="invalid_parameter")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
