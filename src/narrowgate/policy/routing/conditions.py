"""Conditions of targets: a small language of comparisons, compiled to closures and never evaluated as code.

    headers['x-tier'] == 'gold' and not stream
    model startswith 'gpt-' or params.max_tokens > 4000
    team in ['a', 'b'] and hour >= 8 and hour < 18 and weekday <= 5

What is not there is `none`. A comparison of things that do not compare is false; nothing that a client can send makes a
condition fail.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from narrowgate.policy.routing.facts import Facts

Condition = Callable[[Facts], bool]
_Value = Callable[[Facts], object]
_Test = Callable[[object, object], bool]

_LONGEST = 2_000
_MOST_TOKENS = 400
_DEEPEST = 20
_LIKENESS = 0.6
_HOUR_MS = 3_600_000
_DAY_MS = 86_400_000
_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?[0-9]+(?:\.[0-9]+)?)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<word>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>==|!=|<=|>=|[<>()\[\],.]))"
)
_MEANT = {"&&": "and", "||": "or", "!": "not", "=": "==", "=~": "matches"}


class ConditionError(Exception):
    """A text that is no condition. `at` is the place of the fault in it, from 0; `fix` says what to write."""

    def __init__(self, problem: str, at: int, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at
        self.fix = fix


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def compile_condition(text: str) -> Condition:
    """Return what decides whether a call fulfils `text`.

    Raises:
        ConditionError: it is not a condition, or a very long or deep one.
    """
    if len(text) > _LONGEST:
        raise ConditionError(f"is longer than {_LONGEST} characters", _LONGEST, "make it shorter")
    reader = _Reader(_tokens(text), len(text))
    value = reader.either(0)
    reader.end()
    return lambda facts: bool(value(facts))


def glob(pattern: str) -> Callable[[str], bool]:
    """Return whether a text is `pattern`, whose `*` stand for anything. Takes time in proportion to the text."""
    first, *rest = pattern.split("*")
    if not rest:
        return lambda text: text == pattern
    *middle, last = rest

    def test(text: str) -> bool:
        if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in middle:
            found = text.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True

    return test


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if match is None:
            odd = next((sign for sign in sorted(_MEANT, key=len, reverse=True) if text.startswith(sign, start)), "")
            if text[start] in "'\"":
                raise ConditionError("has a quote without its end", start, "close it")
            fix = f"write {_MEANT[odd]!r}" if odd else "write names, 'text', numbers and operators"
            raise ConditionError(f"has {odd or text[start]!r}, which means nothing here", start, fix)
        if len(found) >= _MOST_TOKENS:
            raise ConditionError(f"has more than {_MOST_TOKENS} words", start, "make it shorter")
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return found


class _Reader:
    """Reads tokens by descent: `or`, `and`, `not`, comparisons, values."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens = tokens
        self._length = length
        self._at = 0

    def either(self, depth: int) -> _Value:
        """Read conditions joined by `or`."""
        if depth > _DEEPEST:
            raise ConditionError("is nested too deeply", self._place(), "make it flatter")
        parts = [self._both(depth)]
        while self._took("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else lambda facts: any(part(facts) for part in parts)

    def end(self) -> None:
        """Nothing may follow."""
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            raise ConditionError(f"has {token.text!r} where it should end", token.at, "join conditions by and, or")

    def _both(self, depth: int) -> _Value:
        parts = [self._negated(depth)]
        while self._took("and"):
            parts.append(self._negated(depth))
        return parts[0] if len(parts) == 1 else lambda facts: all(part(facts) for part in parts)

    def _negated(self, depth: int) -> _Value:
        is_negated = False
        while self._took("not"):
            is_negated = not is_negated
        inner = self._comparison(depth)
        return (lambda facts: not inner(facts)) if is_negated else inner

    def _comparison(self, depth: int) -> _Value:
        left = self._value(depth)
        token = self._peek()
        if token is None or token.text not in _TESTS or token.kind == "text":
            if token is not None and token.text == "not":
                self._at += 1
                self._want("in")
                right = self._value(depth)
                return lambda facts: not _is_in(left(facts), right(facts))
            return left
        self._at += 1
        if token.text == "matches":
            return self._matching(left)
        test = _TESTS[token.text]
        right = self._value(depth)
        return lambda facts: test(left(facts), right(facts))

    def _matching(self, left: _Value) -> _Value:
        token = self._next("a pattern in quotes")
        if token.kind != "text":
            raise ConditionError("has no pattern behind 'matches'", token.at, "write it as 'gpt-*'")
        test = glob(token.text[1:-1])

        def matches(facts: Facts) -> bool:
            value = left(facts)
            return isinstance(value, str) and test(value)

        return matches

    def _value(self, depth: int) -> _Value:
        token = self._next("a value")
        if token.kind == "number":
            number = float(token.text) if "." in token.text else int(token.text)
            return lambda _: number
        if token.kind == "text":
            text = token.text[1:-1]
            return lambda _: text
        if token.text == "(":
            inner = self.either(depth + 1)
            self._want(")")
            return inner
        if token.text == "[":
            return self._list(depth)
        if token.text in _CONSTANTS:
            constant = _CONSTANTS[token.text]
            return lambda _: constant
        if token.text in _SECTIONS:
            return _SECTIONS[token.text](self._member(token))
        if token.text in _NAMES:
            return _NAMES[token.text]
        known = [*_NAMES, *_SECTIONS]
        near = difflib.get_close_matches(token.text.lower(), known, n=1, cutoff=_LIKENESS)
        fix = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}; text stands in quotes"
        raise ConditionError(f"has {token.text!r}, which is not a name that is known", token.at, fix)

    def _list(self, depth: int) -> _Value:
        if depth > _DEEPEST:
            raise ConditionError("is nested too deeply", self._place(), "make it flatter")
        parts: list[_Value] = []
        while not self._took("]"):
            if parts:
                self._want(",")
            parts.append(self._value(depth + 1))
        return lambda facts: [part(facts) for part in parts]

    def _member(self, section: _Token) -> str:
        if self._took("."):
            name = self._next("a name")
            if name.kind != "word":
                raise ConditionError("has no name behind '.'", name.at, f"write {section.text}['name']")
            return name.text
        self._want("[", f"write {section.text}['name']")
        name = self._next("a name in quotes")
        if name.kind != "text":
            raise ConditionError("has no name in quotes there", name.at, f"write {section.text}['name']")
        self._want("]")
        return name.text[1:-1]

    def _place(self) -> int:
        return self._tokens[self._at].at if self._at < len(self._tokens) else self._length

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self, wanted: str) -> _Token:
        token = self._peek()
        if token is None:
            raise ConditionError(f"ends where {wanted} belongs", self._length, "complete it")
        self._at += 1
        return token

    def _took(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.text != text:
            return False
        self._at += 1
        return True

    def _want(self, text: str, fix: str = "") -> None:
        if not self._took(text):
            raise ConditionError(f"has no {text!r} there", self._place(), fix or f"write {text!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: object, right: object) -> bool:
    # In Python True equals 1, which nobody means here.
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _less(left: object, right: object) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _is_number(left) and _is_number(right) and left < right
    return False


def _at_most(left: object, right: object) -> bool:
    return _less(left, right) or (_is_ordered(left) and _equal(left, right))


def _is_ordered(value: object) -> bool:
    return isinstance(value, str) or _is_number(value)


def _is_in(left: object, right: object) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    return isinstance(right, list | tuple) and any(_equal(left, one) for one in right)


_TESTS: Mapping[str, _Test] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _less,
    "<=": _at_most,
    ">": lambda left, right: _less(right, left),
    ">=": lambda left, right: _at_most(right, left),
    "in": _is_in,
    "startswith": lambda left, right: isinstance(left, str) and isinstance(right, str) and left.startswith(right),
    "endswith": lambda left, right: isinstance(left, str) and isinstance(right, str) and left.endswith(right),
    "matches": lambda _left, _right: False,  # takes a pattern, see `_matching`
}
_CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "none": None, "null": None}
_NAMES: Mapping[str, _Value] = {
    "model": lambda facts: facts.model,
    "operation": lambda facts: facts.operation,
    "key": lambda facts: facts.key,
    "team": lambda facts: facts.team,
    "stream": lambda facts: facts.params.get("stream") is True,
    "budget_used": lambda facts: facts.budget_used,
    "input_bytes": lambda facts: facts.input_bytes,
    "hour": lambda facts: facts.unix_ms % _DAY_MS // _HOUR_MS,
    "weekday": lambda facts: (facts.unix_ms // _DAY_MS + 3) % 7 + 1,  # 1970-01-01 was a Thursday; Monday is 1
    "tags": lambda facts: sorted(facts.tags),
}


def _header(name: str) -> _Value:
    wanted = name.lower().encode("latin-1", "replace")

    def value(facts: Facts) -> object:
        found = facts.headers.get(wanted)
        return None if found is None else found.decode("latin-1")

    return value


_SECTIONS: Mapping[str, Callable[[str], _Value]] = {
    "headers": _header,
    "params": lambda name: lambda facts: facts.params.get(name),
    "metadata": lambda name: lambda facts: facts.metadata.get(name),
}
