"""Write a request as Anthropic's Messages API wants it.

Source: https://platform.claude.com/docs/en/api/messages, …/messages-count-tokens (read 2026-11).
"""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import (
    AnyTool,
    CustomTool,
    Extension,
    ForeignTool,
    FormatKind,
    Inexpressible,
    OutputFormat,
    Request,
    Tool,
    ToolMode,
)
from narrowgate.providers.anthropic_messages.content import ContentWriter
from narrowgate.providers.anthropic_messages.reasoning import Thinking, takes_sampling, thinking_of
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.free_text import function_of
from narrowgate.providers.losses import lacking_answers, lacking_extension, lacking_hints
from narrowgate.providers.output_schema import BOUNDS, OBJECT_BOUNDS, closed, object_schema
from narrowgate.schemas.anthropic_blocks import OWN, control_of
from narrowgate.schemas.anthropic_messages import ToolChoiceObject, ToolObject
from narrowgate.schemas.reading import read

_ENCODER = msgspec.json.Encoder()
_TEXT = msgspec.json.Decoder(str)
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_VERSION = ("anthropic-version", "2023-06-01")
_BETA = "anthropic-beta"
_NAME = "Anthropic"
_CHOICES = {ToolMode.AUTO: "auto", ToolMode.REQUIRED: "any", ToolMode.NONE: "none", ToolMode.NAMED: "tool"}
_TIERS = {"auto": "auto", "default": "standard_only"}
_WITHIN = re.compile(r"(tools|system)\[(\d+)\](?:\.(.+))?")
# What `count_tokens` takes; it refuses the rest.
_COUNTED = frozenset(
    {
        "model",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "mcp_servers",
        "context_management",
    }
)


def to_wire(request: Request, model: str, quirks: Quirks) -> Outgoing:
    """Return `request` for `model`, and what had no place in it."""
    writer = _Writer(request, model, quirks)
    body = writer.body()
    headers = (_VERSION, (_BETA, writer.betas)) if writer.betas else (_VERSION,)
    return Outgoing(_ENCODER.encode(body), headers, tuple(writer.lost))


def count_tokens_body(request: Request, model: str) -> bytes:
    """Return the body that asks how many tokens `request` has.

    What could not be counted is what `to_wire` cannot say either; its headers are the same.
    """
    body = _Writer(request, model, Quirks()).body()
    return _ENCODER.encode({name: value for name, value in body.items() if name in _COUNTED})


class _Writer:
    """Writes one request; `betas` and `lost` are filled on the way."""

    __slots__ = ("_model", "_quirks", "_request", "_thinking", "betas", "lost")

    def __init__(self, request: Request, model: str, quirks: Quirks) -> None:
        self._request = request
        self._model = model
        self._quirks = quirks
        self._thinking = Thinking(0)
        self.betas = ""
        self.lost: list[Inexpressible] = []

    def body(self) -> dict[str, object]:
        request = self._request
        content = ContentWriter(request)
        content.write()
        self._thinking = thinking_of(request, self._model, self._quirks.default_max_tokens)
        self.lost += content.lost
        self.lost += self._thinking.lost
        body: dict[str, object] = {"model": self._model, "max_tokens": self._thinking.max_tokens}
        if content.system:
            body["system"] = content.system
        body["messages"] = content.turns
        tools = list(self._tools())
        if tools:
            body["tools"] = tools
        choice = self._tool_choice(has_tools=bool(tools))
        if choice is not None:
            body["tool_choice"] = choice
        body |= self._sampling()
        if self._thinking.thinking is not None:
            body["thinking"] = self._thinking.thinking
        output_config = self._output_config()
        if output_config:
            body["output_config"] = output_config
        body |= self._hints()
        if request.is_stream:
            body["stream"] = True
        self.lost += lacking_answers(request, _NAME)
        for extension in request.extensions:
            self._extend(body, extension)
        return body

    def _tools(self) -> Iterator[dict[str, object]]:
        choice = self._request.tool_choice
        # An allowed subset is told by offering no others.
        allowed = choice.names if choice is not None and choice.mode is not ToolMode.NAMED else ()
        for number, tool in enumerate(self._request.tools):
            written = self._tool(tool, f"tools[{number}]")
            if written is not None and (not allowed or written.get("name") in allowed):
                yield written

    def _tool(self, tool: AnyTool, path: str) -> dict[str, object] | None:
        match tool:
            case Tool():
                is_strict = tool.is_strict
                if is_strict and "tools.is_strict" in self._quirks.unknown:
                    self._lose(f"{path}.is_strict", "the provider does not know it", is_hint=True)
                    is_strict = None
                schema = tool.parameters
                if schema is None or self._request.form is not OWN:
                    schema = object_schema(schema)
                # False is the default, and unknown to older models.
                strict = is_strict if self._request.form is OWN else is_strict or None
                wire = ToolObject(tool.name, tool.description, schema, strict, control_of(tool.cache))
                return _members(wire)
            case CustomTool():
                why = "Anthropic calls it with an object, whose 'input' is the text"
                self._lose(f"{path}.is_custom", why, is_hint=True)
                if tool.format is not None:
                    self._lose(f"{path}.format", "Anthropic knows no grammars", is_hint=True)
                return self._tool(function_of(tool), path)
            case ForeignTool():
                if tool.form is OWN:
                    members = read(_OBJECT, tool.raw)
                    return {**members}
                self._lose(path, f"'{tool.kind}' is of {tool.form.value} alone")
                return None

    def _tool_choice(self, *, has_tools: bool) -> ToolChoiceObject | None:
        choice = self._request.tool_choice
        is_single = self._request.is_parallel is False and has_tools
        if choice is None:
            return ToolChoiceObject("auto", disable_parallel_tool_use=True) if is_single else None
        if not has_tools and choice.mode in {ToolMode.AUTO, ToolMode.NONE}:
            return None  # refused without tools, and says nothing
        name = choice.names[0] if choice.mode is ToolMode.NAMED and choice.names else None
        is_limited = is_single and choice.mode is not ToolMode.NONE
        return ToolChoiceObject(_CHOICES[choice.mode], name, True if is_limited else None)

    def _sampling(self) -> dict[str, object]:
        asked = self._request.sampling
        numbers = (("temperature", asked.temperature), ("top_p", asked.top_p), ("top_k", asked.top_k))
        body: dict[str, object] = {
            name: value for name, value in numbers if value is not None and not self._is_refused(name, value)
        }
        if asked.stop:
            body["stop_sequences"] = asked.stop
        for name, lacking in (
            ("min_p", asked.min_p),
            ("presence_penalty", asked.presence_penalty),
            ("frequency_penalty", asked.frequency_penalty),
        ):
            if lacking:  # 0 is what happens anyway
                self._lose(f"sampling.{name}", "Anthropic does not know it")
        if asked.seed is not None:
            self._lose("sampling.seed", "Anthropic does not know it")
        if asked.logit_bias is not None and bytes(asked.logit_bias).strip() not in {b"{}", b"null"}:
            self._lose("sampling.logit_bias", "Anthropic does not know it")
        if asked.has_logprobs or asked.top_logprobs:
            self._lose("sampling.has_logprobs", "Anthropic tells no log probabilities")
        return body

    def _is_refused(self, name: str, value: float) -> bool:
        """Whether the model would refuse a number the client could give elsewhere; then it is lost."""
        what = f"sampling.{name}"
        if what in self._quirks.unknown:
            self._lose(what, "the provider does not know it")
            return True
        if self._request.form is OWN:
            return False
        if not takes_sampling(self._model):
            self._lose(what, f"'{self._model}' takes no such parameter")
            return True
        if name == "temperature" and value > 1:
            self._lose(what, f"it is {value:g}, and Anthropic takes 0 to 1")
            return True
        if self._thinking.is_on and (name == "top_k" or (name == "temperature" and value != 1)):
            self._lose(what, "Anthropic does not take it together with thinking")
            return True
        return False

    def _output_config(self) -> dict[str, object]:
        config: dict[str, object] = {}
        if self._thinking.effort is not None:
            config["effort"] = self._thinking.effort
        if self._request.format is not None:
            wanted = self._format(self._request.format)
            if wanted is not None:
                config["format"] = {"type": "json_schema", "schema": wanted}
        return config

    def _format(self, wanted: OutputFormat) -> Raw | None:
        if wanted.kind is FormatKind.TEXT:
            return None
        if wanted.kind is FormatKind.JSON or wanted.schema is None:
            self._lose("format", "Anthropic makes JSON only by a schema; give one")
            return None
        if self._request.form is OWN:
            return wanted.schema
        schema, left_out = closed(wanted.schema, BOUNDS | OBJECT_BOUNDS)
        for keyword in left_out:
            self._lose(f"format.schema.{keyword}", "Anthropic's schemas do not know it", is_hint=True)
        return schema

    def _hints(self) -> dict[str, object]:
        hints, is_own = self._request.hints, self._request.form is OWN
        body: dict[str, object] = {}
        if is_own and hints.metadata is not None:
            body["metadata"] = hints.metadata
        elif hints.user is not None:
            body["metadata"] = {"user_id": hints.user}
        tier = hints.service_tier
        if tier is not None and not is_own:
            tier = _TIERS.get(tier)
            if tier is None:
                self._lose("hints.service_tier", f"Anthropic has no tier '{hints.service_tier}'", is_hint=True)
        if tier is not None:
            body["service_tier"] = tier
        told = (
            ("metadata", None if is_own else hints.metadata),
            ("cache_key", hints.cache_key),
            ("is_stored", hints.is_stored or None),
            ("verbosity", hints.verbosity),
        )
        self.lost += lacking_hints(told, _NAME)
        return body

    def _extend(self, body: dict[str, object], extension: Extension) -> None:
        name = extension.name
        if self._request.form is not OWN:
            self.lost.append(lacking_extension(name, self._request, is_hint=extension.is_hint))
        elif name == _BETA:
            self.betas = read(_TEXT, extension.value)
        elif (within := _WITHIN.fullmatch(name)) is not None:
            _put(body, within, extension.value)
        elif name.startswith("output_config."):
            config = body.setdefault("output_config", {})
            assert isinstance(config, dict)
            config[name.removeprefix("output_config.")] = extension.value
        else:
            body[name] = extension.value

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self.lost.append(Inexpressible(what, why, is_hint))


def _members(tool: ToolObject) -> dict[str, object]:
    return {name: value for name in tool.__struct_fields__ if (value := getattr(tool, name)) is not None}


def _put(body: dict[str, object], within: re.Match[str], value: Raw) -> None:
    """Put back what stood inside of a list: a member of a tool, or a whole block of the system text."""
    place, number, member = within[1], int(within[2]), within[3]
    items = body.setdefault(place, [])
    assert isinstance(items, list)
    if member is None:
        items.insert(number, value)
    elif number < len(items):
        items[number][member] = value
