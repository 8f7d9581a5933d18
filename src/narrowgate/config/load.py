"""From the text of `narrowgate.yaml` to a Config, complaints with line numbers.

Source: https://yaml.org/spec/1.2.2/#103-core-schema (read 2026-11). PyYAML would read scalars by
YAML 1.1, where `no` is false and `12:30` is 750; the resolver here knows the core schema, and of
the older one only `65_536`, as the reference pages write large numbers.
"""

import re
from collections.abc import Mapping

import msgspec
import yaml

from narrowgate.config.complaint import Complaint, ConfigRefused, in_order, item_path, key_path
from narrowgate.config.decode import decode
from narrowgate.config.reference import has_scheme
from narrowgate.config.schema import Config

_LIMIT_BYTES = 1_000_000
_MOST_NODES = 50_000
_DEEPEST = 32
_NULL, _BOOL, _INT, _FLOAT, _STR = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str"))


class _Loader(yaml.SafeLoader):
    """Composes nodes; which scalars are not text is said below."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way of saying it


for _tag, _pattern, _first in (
    (_NULL, r"~|null|Null|NULL|", "~nN\0"),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (_INT, r"[-+]?[0-9]+(?:_[0-9]+)*|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (_FLOAT, r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), ["" if c == "\0" else c for c in _first])


class Parsed(msgspec.Struct, frozen=True):
    """A configuration and the line of each place in its file."""

    config: Config
    lines: Mapping[str, int]


def parse(text: str) -> Parsed:
    """Read a configuration.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    if len(text.encode("utf-8", "surrogatepass")) > _LIMIT_BYTES:
        raise ConfigRefused([Complaint("", f"is longer than {_LIMIT_BYTES:_} bytes", "make it shorter")])
    root = _compose(text)
    if root is None:
        return Parsed(Config(), {})
    reading = _Reading()
    document = reading.value(root, "", 0)
    complaints = [*reading.complaints, *_literal_keys(document)]
    config = Config()
    try:
        config = decode(document, Config)
    except ConfigRefused as refused:
        complaints.extend(refused.complaints)
    if complaints:
        raise ConfigRefused(in_order(complaints, reading.lines))
    return Parsed(config, reading.lines)


def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        # PyYAML's words are about indentation and punctuation; of the text they show one character at most.
        problem = f"is not YAML: {error.problem or error.context}"
        raise ConfigRefused([Complaint("", problem, "check indentation and quotes there", line)]) from None
    except yaml.reader.ReaderError:
        raise ConfigRefused([Complaint("", "holds a character that YAML does not allow", "remove it")]) from None
    except RecursionError:
        raise ConfigRefused([Complaint("", "is nested too deeply", "make it flatter")]) from None


class _Reading:
    """Builds plain values from nodes and remembers on which line each path stands."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.complaints: list[Complaint] = []
        self._nodes = 0

    def value(self, node: yaml.Node, path: str, depth: int) -> object:
        """Return what `node` says. Aliases are counted each time, so that none can explode.

        Raises:
            ConfigRefused: it is too large or too deep to go on reading.
        """
        self._nodes += 1
        line = node.start_mark.line + 1
        if self._nodes > _MOST_NODES or depth > _DEEPEST:
            problem = "is nested too deeply or repeats itself too often"
            raise ConfigRefused([Complaint(path, problem, "make it shorter and flatter", line)])
        self.lines.setdefault(path, line)
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path, depth)
            case yaml.SequenceNode():
                return [self.value(item, item_path(path, at), depth + 1) for at, item in enumerate(node.value)]
            case _:
                return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.complaints.append(Complaint(path, "has a key that is not text", "write a word as the key", line))
                continue
            key = str(key_node.value)
            inner = key_path(path, key)
            if key in found:
                self.complaints.append(Complaint(inner, "is given twice", "keep one of them", line))
                continue
            self.lines[inner] = line
            found[key] = self.value(value_node, inner, depth + 1)
        return found

    def _scalar(self, node: yaml.Node, path: str) -> object:
        text = str(node.value)
        try:
            match node.tag:
                case tag if tag == _STR:
                    return text
                case tag if tag == _NULL:
                    return None
                case tag if tag == _BOOL:
                    return text.lower() == "true"
                case tag if tag == _INT:
                    return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
                case tag if tag == _FLOAT:
                    return float(text.replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:  # an explicit tag that its text does not fit, or more digits than an integer may have
            pass
        problem = "is tagged as something this file cannot hold"
        self.complaints.append(Complaint(path, problem, "remove the tag", node.start_mark.line + 1))
        return None


def _literal_keys(document: object) -> list[Complaint]:
    """Find keys that stand in the file themselves. Their values are not repeated."""
    if not isinstance(document, dict):
        return []
    places = {"admin_token": document.get("admin_token")}
    providers = document.get("providers")
    if isinstance(providers, dict):
        for name, entry in providers.items():
            if isinstance(entry, dict):
                path = key_path("providers", str(name))
                places[f"{path}.api_key"] = entry.get("api_key")
                places |= _keys_within(entry.get("api_keys"), f"{path}.api_keys")
    fix = "write env://NAME or file:///path; a key that stood here should be revoked"
    return [
        Complaint(path, "is not a reference to a secret", fix)
        for path, value in places.items()
        if isinstance(value, str) and value and not has_scheme(value)
    ]


def _keys_within(keys: object, path: str) -> dict[str, object]:
    found = keys if isinstance(keys, list) else []
    return {f"{item_path(path, at)}.key": one.get("key") for at, one in enumerate(found) if isinstance(one, dict)}
