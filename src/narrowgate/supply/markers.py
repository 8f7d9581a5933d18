"""What a distribution asks for, and whether that applies: requirements with their environment markers.

Source: https://packaging.python.org/en/latest/specifications/dependency-specifiers/ (read November 2026).
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from narrowgate.supply.distribution import Wish, normal_name

_HEAD = re.compile(r"\s*([A-Za-z0-9][-\w.]*)\s*(?:\[([^\]]*)\])?")
_TOKEN = re.compile(
    r"""\s*(?:(?P<paren>[()])|(?P<text>'[^']*'|"[^"]*")|(?P<op>===|==|~=|!=|<=|>=|<|>)|(?P<word>[A-Za-z_.]+))"""
)
_RELEASE = re.compile(r"\s*v?(?:\d+!)?(\d+(?:\.\d+)*)")
_DEEPEST = 50


class Requirement(msgspec.Struct, frozen=True):
    """One requirement as written: a name in normal form, the extras wanted of it, and its marker."""

    name: str
    extras: tuple[str, ...] = ()
    marker: str = ""


class NotAMarkerError(ValueError):
    """A marker cannot be read; what it guards has to be taken to apply."""


def read_requirement(line: str) -> Requirement | None:
    """Return what a `Requires-Dist` line or a line of a requirements file asks for; None when it names nothing."""
    head = _HEAD.match(line)
    if head is None:
        return None
    extras = tuple(normal_name(extra.strip()) for extra in (head[2] or "").split(",") if extra.strip())
    # In `name @ https://host/a;b ; marker` the marker stands behind a space.
    rest = line[head.end() :]
    separator = re.search(r"\s;" if "@" in rest.partition(";")[0] else r";", rest)
    marker = rest[separator.end() :].strip() if separator else ""
    return Requirement(normal_name(head[1]), extras, marker)


def wishes_of(lines: list[str], environment: Mapping[str, str]) -> tuple[Wish, ...]:
    """Return what of `Requires-Dist` lines applies in an environment, each with the extra that asks for it.

    A marker that cannot be read counts as true: better one edge too many in the graph.
    """
    found = []
    for line in lines:
        requirement = read_requirement(line)
        if requirement is None:
            continue
        named = re.findall(r"""extra\s*==\s*['"]([^'"]+)['"]""", requirement.marker)
        for extra in ("", *named):
            if applies(requirement.marker, {**environment, "extra": extra}):
                found.append(Wish(requirement.name, requirement.extras, normal_name(extra) if extra else ""))
                break
    return tuple(dict.fromkeys(found))


def applies(marker: str, environment: Mapping[str, str]) -> bool:
    """Whether a marker holds; true for none, and for one that cannot be read."""
    if not marker.strip():
        return True
    try:
        parser = _Parser(_tokens(marker), environment)
        holds = parser.either(0)
        parser.end()
    except NotAMarkerError:
        return True
    return holds


def _tokens(marker: str) -> list[tuple[str, str]]:
    found = []
    at = 0
    marker = marker.rstrip()
    while at < len(marker):
        token = _TOKEN.match(marker, at)
        if token is None or token.lastgroup is None:
            raise NotAMarkerError(marker)
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


class _Parser:
    """Reads a marker from left to right: `or` binds less than `and`."""

    def __init__(self, tokens: list[tuple[str, str]], environment: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._environment = environment

    def either(self, depth: int) -> bool:
        """Read terms joined by `or`."""
        holds = self._both(depth)
        while self._take("word", "or"):
            other = self._both(depth)
            holds = holds or other
        return holds

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at != len(self._tokens):
            raise NotAMarkerError

    def _both(self, depth: int) -> bool:
        holds = self._term(depth)
        while self._take("word", "and"):
            other = self._term(depth)
            holds = holds and other
        return holds

    def _term(self, depth: int) -> bool:
        if depth > _DEEPEST:
            raise NotAMarkerError
        if self._take("paren", "("):
            holds = self.either(depth + 1)
            if not self._take("paren", ")"):
                raise NotAMarkerError
            return holds
        left, left_is_version = self._value()
        operator = self._operator()
        right, right_is_version = self._value()
        return _compare(left, operator, right, is_version=left_is_version or right_is_version)

    def _value(self) -> tuple[str, bool]:
        kind, text = self._next()
        if kind == "text":
            return text[1:-1], False
        if kind != "word":
            raise NotAMarkerError
        name = text.replace(".", "_") if text.startswith(("os.", "sys.", "platform.")) else text
        if name not in self._environment:
            raise NotAMarkerError
        return self._environment[name], name in {"python_version", "python_full_version", "implementation_version"}

    def _operator(self) -> str:
        kind, text = self._next()
        if kind == "word" and text == "not":
            kind, text = self._next()
            text = f"not {text}"
        if kind != "op" and text not in {"in", "not in"}:
            raise NotAMarkerError
        return text

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise NotAMarkerError
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == (kind, text):
            self._at += 1
            return True
        return False


_ORDER: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def _compare(left: str, operator: str, right: str, *, is_version: bool) -> bool:
    if operator == "in":
        return left in right
    if operator == "not in":
        return left not in right
    if operator == "===":
        return left == right
    if is_version and (one := _RELEASE.match(left)) and (two := _RELEASE.match(right)):
        return _compare_versions(one[1], operator, two[1], is_prefix=right.rstrip().endswith(".*"))
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    raise NotAMarkerError


def _compare_versions(left: str, operator: str, right: str, *, is_prefix: bool) -> bool:
    one, two = (tuple(int(number) for number in version.split(".")) for version in (left, right))
    if is_prefix:
        one = one[: len(two)]
    if operator == "~=":
        return one >= two and one[: len(two) - 1] == two[:-1]
    length = max(len(one), len(two))
    padded = (one + (0,) * (length - len(one)), two + (0,) * (length - len(two)))
    return _ORDER[operator](*padded)
