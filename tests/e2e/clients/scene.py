"""What a scripted model does with what it is asked, whatever form that came in: it plays a turn with a tool, truly.

It thinks before it calls a tool, and is as strict as the real ones about getting its thoughts back: a turn whose
signatures were lost or changed is refused.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

THOUGHT = "The user wants to know; I have a tool for that."
HELLO = "Hello there"
# Tools of coding agents that read a file or run a command, best first, and one that tests bring.
_READERS = (
    "Read",
    "read_file",
    "read",
    "exec_command",
    "shell_command",
    "shell",
    "local_shell",
    "Bash",
    "exec",
    "weather",
)
# What is asked for by who says that it must be JSON, but not which.
ANY_OBJECT = MappingProxyType({"properties": {"name": {"type": "string"}}, "required": ["name"]})
# How aider is told to change a file.
_EDIT = "<<<<<<< SEARCH\nthe magic word is marzipan\n=======\nthe magic word is nougat\n>>>>>>> REPLACE\n"
_FILE = re.compile(r"/[\w./-]+/note\.txt")


class Refused(Exception):
    """The model's answer is an error: 400, in its own form."""


@dataclass(frozen=True)
class Tool:
    """A function that is offered. `is_free` is one whose input is free text."""

    name: str
    schema: Mapping[str, object]
    is_free: bool = False
    namespace: str | None = None


@dataclass
class Asked:
    """A request, without its form."""

    id: str = ""  # other for every request: agents take answers with one name for one
    model: str = ""
    is_stream: bool = False
    is_usage_wanted: bool = True
    is_thinking: bool = False
    text: str = ""  # all that the user and the system say, in order
    prompt: str = ""  # what the user said last
    tools: list[Tool] = field(default_factory=list)
    forced: str = ""  # a tool's name, or "*" for any
    results: list[str] = field(default_factory=list)  # of the last turn's calls
    pictures: list[str] = field(default_factory=list)  # their media types and sizes
    schema: Mapping[str, object] | None = None
    is_unsigned: bool = False  # whether a call came back without its signature, which Google allows if it is said so

    def hear(self, words: str, role: str) -> None:
        """Take what somebody said."""
        self.text += f"\n{words}"
        self.prompt = words if role == "user" and words else self.prompt


@dataclass(frozen=True)
class Call:
    """A call of a tool."""

    id: str
    name: str
    arguments: Mapping[str, object]
    tool: Tool

    @property
    def json(self) -> str:
        """Its arguments as text."""
        return json.dumps(self.arguments, separators=(",", ":"))


@dataclass(frozen=True)
class Say:
    """An answer, without its form."""

    text: str = ""
    thought: str = ""
    calls: tuple[Call, ...] = ()


def act(asked: Asked) -> Say:
    """Return what the model says."""
    thought = THOUGHT if asked.is_thinking else ""
    if asked.results:
        unsigned = " (unsigned)" if asked.is_unsigned else ""
        return Say(f"It says: {' | '.join(asked.results)}{unsigned}", thought)
    tool = _chosen(asked)
    if tool is not None:
        arguments = as_object(example(tool.schema, asked.text))
        return Say(thought=thought, calls=(Call(f"call_{seal(asked.text)[:12]}", tool.name, arguments, tool),))
    if "SEARCH/REPLACE" in asked.text:
        return Say(f"note.txt\n```\n{_EDIT}```\n", thought)
    if asked.schema is not None:
        return Say(json.dumps(example(asked.schema, asked.text)), thought)
    if asked.pictures:
        return Say(f"I see {' and '.join(asked.pictures)}", thought)
    return Say(HELLO, thought)


def name_of(body: bytes) -> str:
    """Return what the answer to a request is called."""
    return hashlib.sha256(body).hexdigest()[:16]


def seal(text: str) -> str:
    """Return the signature of a thought."""
    return base64.b64encode(hashlib.sha256(f"scene {text}".encode()).digest()).decode()


def check_seal(thought: str, signature: str) -> None:
    """Refuse a thought that is not as it was given out; its signature alone is enough."""
    if signature != seal(thought or THOUGHT):
        raise Refused("thinking: its signature is not valid")


def as_object(value: object) -> dict[str, object]:
    """Return a JSON object as what it is."""
    assert isinstance(value, dict), value
    return value


def example(schema: Mapping[str, object], text: str) -> object:
    """Return a value that a schema allows; a path is the file that `text` names."""
    return _example(schema, schema, "", text)


def _example(schema: Mapping[str, object], root: Mapping[str, object], name: str, text: str) -> object:
    if isinstance(reference := schema.get("$ref"), str):
        found: object = root
        for step in reference.removeprefix("#/").split("/"):
            found = as_object(found)[step]
        return _example(as_object(found), root, name, text)
    if isinstance(choices := schema.get("anyOf") or schema.get("enum"), list):
        return _example(choices[0], root, name, text) if isinstance(choices[0], dict) else choices[0]
    match str(schema.get("type", "object")).lower():
        case "object":
            wanted = schema.get("required") or []
            fields = as_object(schema.get("properties") or {})
            assert isinstance(wanted, list)
            return {each: _example(as_object(fields[each]), root, each, text) for each in wanted}
        case "array":
            item = _example(as_object(schema.get("items") or {"type": "string"}), root, name, text)
            return ["cat", _file(text)] if name == "command" else [item]
        case "integer" | "number":
            return 5
        case "boolean":
            return False
        case _:
            return _word(name, text)


def _word(name: str, text: str) -> str:
    if "path" in name.lower() or "file" in name.lower():
        return _file(text)
    if name.lower() in {"command", "cmd"}:
        return f"cat {_file(text)}"
    if name == "input":  # of Codex's tool for programs
        return f'text(await tools.exec_command({{cmd: "cat {_file(text)}"}}))'
    return "Paris" if name == "city" else "soup"


def _file(text: str) -> str:
    found = _FILE.findall(text)
    return str(found[-1]) if found else "/nowhere"


def _chosen(asked: Asked) -> Tool | None:
    named = {tool.name: tool for tool in asked.tools}
    if asked.forced and asked.forced != "*":
        return named[asked.forced]
    if asked.forced and len(named) == 1:
        return asked.tools[0]
    if asked.forced or "weather" in asked.prompt or _FILE.search(asked.prompt):
        return next((named[name] for name in _READERS if name in named), None)
    return None


def cut(text: str, size: int = 7) -> Iterator[str]:
    """Cut a text into pieces, as models stream it."""
    for at in range(0, len(text), size):
        yield text[at : at + size]
