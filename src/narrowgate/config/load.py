"""From the text of `narrowgate.yaml` to a Config, complaints with line numbers.

Source: https://yaml.org/spec/1.2.2/ as PyYAML's safe loader reads it (read 2026-11).
"""

import msgspec
import yaml

from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.decode import decode
from narrowgate.config.schema import Config

_LIMIT_BYTES = 1_000_000
_MOST_NODES = 100_000
_DEEPEST = 32


def parse(text: str) -> Config:
    """Read a configuration.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    if len(text) > _LIMIT_BYTES:
        raise ConfigRefused([Complaint("(file)", f"longer than {_LIMIT_BYTES} bytes")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else None
        raise ConfigRefused([Complaint("(file)", f"not valid YAML: {error.problem}", line=line)]) from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigRefused([Complaint("(file)", "not valid YAML")]) from None
    if root is None:
        return Config()
    reading = _Reading()
    document = reading.value(root, "", 0)
    try:
        if reading.complaints:
            raise ConfigRefused(reading.complaints)
        return decode(document, Config)
    except ConfigRefused as refused:
        raise ConfigRefused([reading.with_line(complaint) for complaint in refused.complaints]) from None


class _Reading:
    """Builds plain values from nodes and remembers on which line each path stands."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.complaints: list[Complaint] = []
        self._constructor = yaml.SafeLoader("")
        self._nodes = 0

    def value(self, node: yaml.Node, path: str, depth: int) -> object:
        """Return what `node` says. Aliases are counted each time, so that none can explode."""
        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > _DEEPEST:
            raise ConfigRefused([Complaint(path, "the file is nested too deeply or repeats itself too often")])
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(node.value)]
        try:
            value: object = self._constructor.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError):
            self.complaints.append(Complaint(path, "a kind of value that is not used here", line=node.start_mark.line + 1))
            return None
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    def with_line(self, complaint: Complaint) -> Complaint:
        """Add the line of the place, or of the nearest place around it."""
        path = complaint.path
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        if complaint.line is not None or path not in self.lines:
            return complaint
        return msgspec.structs.replace(complaint, line=self.lines[path])

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            inner = f"{path}.{key}" if path else key
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.complaints.append(Complaint(path, "a key that is no text", line=line))
                continue
            if key in found:
                self.complaints.append(Complaint(inner, "given twice", "keep one of them", line))
                continue
            self.lines[inner] = line
            found[key] = self.value(value_node, inner, depth + 1)
        return found
