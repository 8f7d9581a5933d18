"""Write a request as Bedrock's Converse API wants it. The model's name is in the path, streaming too.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11).
"""

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import (
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
from narrowgate.providers.bedrock_converse.content import ContentWriter
from narrowgate.providers.bedrock_converse.models import Traits, traits_of
from narrowgate.providers.bedrock_converse.reasoning import Thinking, thinking_of
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.free_text import function_of
from narrowgate.providers.losses import lacking_answers, lacking_extension, lacking_hints
from narrowgate.providers.output_schema import BOUNDS, NO_ARGUMENTS, closed, object_schema
from narrowgate.schemas.bedrock_blocks import OWN, point_of
from narrowgate.schemas.bedrock_converse import (
    InferenceConfig,
    InputSchema,
    JsonSchema,
    NamedTool,
    ServiceTier,
    ToolChoiceObject,
    ToolConfig,
    ToolEntry,
    ToolSpec,
)
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_ENCODER = msgspec.json.Encoder()
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_METADATA = msgspec.json.Decoder(dict[str, str])
_EMPTY = Raw(b"{}")
_NAME = "Bedrock"
_FIELDS = "additionalModelRequestFields"
_TIERS = frozenset({"default", "flex", "priority", "reserved"})
_MOST_METADATA = 16
_LONGEST_METADATA = 256
_NO_SAMPLING_SINCE = (4, 7)


def to_wire(request: Request, model: str, quirks: Quirks) -> Outgoing:
    """Return `request` for `model`, and what had no place in it."""
    writer = _Writer(request, model, quirks)
    body = writer.body()
    return Outgoing(_ENCODER.encode(body), (), tuple(writer.lost))


class _Writer:
    """Writes one request; `lost` is filled on the way."""

    __slots__ = ("_content", "_is_own", "_model", "_quirks", "_request", "_thinking", "_traits", "lost")

    def __init__(self, request: Request, model: str, quirks: Quirks) -> None:
        self._request = request
        self._model = model
        self._quirks = quirks
        self._is_own = request.form is OWN
        self._traits: Traits = traits_of(model)
        self._thinking: Thinking = thinking_of(request, self._traits)
        self._content = ContentWriter(request, self._traits)
        self.lost: list[Inexpressible] = self._content.lost

    def body(self) -> dict[str, object]:
        request = self._request
        body: dict[str, object] = {"messages": self._content.write()}
        self.lost += self._thinking.lost
        if self._content.system:
            body["system"] = self._content.system
        tools = self._tool_config()
        if tools is not None:
            body["toolConfig"] = tools
        more = {**self._thinking.fields, **self._top_k(), **self._single()}
        limits = self._limits()
        if limits != InferenceConfig():
            body["inferenceConfig"] = limits
        wanted = self._format(request.format) if request.format is not None else None
        if wanted is not None:
            body["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": wanted}}}
        body |= self._hints()
        self.lost += lacking_answers(request, _NAME)
        for extension in request.extensions:
            self._extend(body, more, extension)
        if more:
            body[_FIELDS] = more
        return body

    # -- tools ---------------------------------------------------------------------------------------

    def _tool_config(self) -> ToolConfig | None:
        choice, named = self._request.tool_choice, self._content.tools_named
        if choice is not None and choice.mode is ToolMode.NONE:
            if not named:
                if self._request.tools:
                    self._lose("tools", "Bedrock cannot be told not to call them; they were left out", is_hint=True)
                return None
            self._lose("tool_choice", "Bedrock must be told the tools of earlier calls, and may call them")
        entries = list(self._tools())
        if not entries and named and not self._is_own:
            # Refused otherwise; what the tools were is not known any more.
            self._lose("tools", "Bedrock must be told the tools of earlier calls; it was, by name", is_hint=True)
            entries = [ToolEntry(ToolSpec(name, InputSchema(NO_ARGUMENTS))) for name in named]
        if not entries:
            return None
        return ToolConfig(tuple(Raw(_ENCODER.encode(entry)) for entry in entries), self._tool_choice())

    def _tools(self) -> Iterator[object]:
        choice = self._request.tool_choice
        # An allowed subset is told by offering no others.
        allowed = choice.names if choice is not None and choice.mode is not ToolMode.NAMED else ()
        for number, tool in enumerate(self._request.tools):
            path = f"tools[{number}]"
            if allowed and getattr(tool, "name", None) not in allowed:
                continue
            match tool:
                case Tool():
                    yield ToolEntry(self._spec(tool, path))
                    mark = self._content.cached(tool.cache, path)
                    if mark is not None:
                        yield ToolEntry(cache_point=point_of(mark))
                case CustomTool():
                    if tool.format is not None:
                        self._lose(f"{path}.format", "Bedrock knows no grammars", is_hint=True)
                    yield ToolEntry(self._spec(function_of(tool), path))
                case ForeignTool():
                    if tool.form is OWN:
                        yield tool.raw
                    else:
                        self._lose(path, f"'{tool.kind}' is of {tool.form.value} alone")

    def _spec(self, tool: Tool, path: str) -> ToolSpec:
        schema, is_strict = tool.parameters, tool.is_strict
        if not self._is_own:
            schema = object_schema(schema)
            if is_strict and not (self._traits.has_schema and self._traits.version is not None):
                self._lose(f"{path}.is_strict", "the model is not known to take it", is_hint=True)
                is_strict = None
            is_strict = is_strict or None  # false is the default
        json = InputSchema(schema) if schema is not None else None
        return ToolSpec(tool.name, json, tool.description or None, is_strict)

    def _tool_choice(self) -> ToolChoiceObject | None:
        choice = self._request.tool_choice
        match choice.mode if choice is not None else ToolMode.NONE:
            case ToolMode.AUTO:
                return ToolChoiceObject(auto=_EMPTY)
            case ToolMode.REQUIRED:
                return ToolChoiceObject(any=_EMPTY)
            case ToolMode.NAMED if choice is not None and choice.names:
                return ToolChoiceObject(tool=NamedTool(choice.names[0]))
            case _:
                return None

    def _single(self) -> dict[str, object]:
        """Return what keeps a Claude from calling several tools at once; others cannot be told."""
        request, choice = self._request, self._request.tool_choice
        if request.is_parallel is not False or not request.tools:
            return {}
        is_free = choice is None or choice.mode is ToolMode.AUTO
        if is_free and (self._traits.is_claude or self._is_own):
            return {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
        self._lose("is_parallel", "Bedrock cannot keep the model from calling several tools at once")
        return {}

    # -- numbers -------------------------------------------------------------------------------------

    def _limits(self) -> InferenceConfig:
        asked = self._request.sampling
        temperature = self._number("temperature", asked.temperature)
        top_p = self._number("top_p", asked.top_p)
        for name, lacking in (
            ("min_p", asked.min_p),
            ("presence_penalty", asked.presence_penalty),
            ("frequency_penalty", asked.frequency_penalty),
        ):
            if lacking:  # 0 is what happens anyway
                self._lose(f"sampling.{name}", "Converse does not know it")
        if asked.seed is not None:
            self._lose("sampling.seed", "Converse does not know it")
        if asked.logit_bias is not None and bytes(asked.logit_bias).strip() not in {b"{}", b"null"}:
            self._lose("sampling.logit_bias", "Converse does not know it")
        if asked.has_logprobs or asked.top_logprobs:
            self._lose("sampling.has_logprobs", "Converse tells no log probabilities")
        return InferenceConfig(self._thinking.max_tokens, temperature, top_p, asked.stop or None)

    def _top_k(self) -> dict[str, object]:
        value, path = self._number("top_k", self._request.sampling.top_k), self._traits.top_k
        if value is None:
            return {}
        if not path:
            self._lose("sampling.top_k", f"'{self._model}' does not know it")
            return {}
        return {path[0]: int(value)} if len(path) == 1 else {path[0]: {path[1]: int(value)}}

    def _number(self, name: str, value: float | None) -> float | None:
        """Return a number the model would take; one the client could give elsewhere alone is lost."""
        why = self._objection(name, value) if value is not None else None
        if why is None:
            return value
        self._lose(f"sampling.{name}", why)
        return None

    def _objection(self, name: str, value: float) -> str | None:
        if f"sampling.{name}" in self._quirks.unknown:
            return "the provider does not know it"
        if self._is_own:
            return None
        version = self._traits.version
        if version is not None and version >= _NO_SAMPLING_SINCE:
            return f"'{self._model}' takes no such parameter"
        if name == "temperature" and value > 1:
            return f"it is {value:g}, and Bedrock takes 0 to 1"
        if self._thinking.is_on and (name == "top_k" or (name == "temperature" and value != 1)):
            return "Claude does not take it together with thinking"
        return None

    # -- the rest ------------------------------------------------------------------------------------

    def _format(self, wanted: OutputFormat) -> JsonSchema | None:
        if wanted.kind is FormatKind.TEXT:
            return None
        if wanted.kind is FormatKind.JSON or wanted.schema is None:
            self._lose("format", "Bedrock makes JSON only by a schema; give one")
            return None
        if self._is_own:
            return JsonSchema(_text(wanted.schema), wanted.name, wanted.description)
        if not self._traits.has_schema:
            self._lose("format", f"'{self._model}' takes no schema for its answer")
            return None
        schema, left_out = closed(wanted.schema, BOUNDS)
        for keyword in left_out:
            self._lose(f"format.schema.{keyword}", "Bedrock's schemas do not know it", is_hint=True)
        return JsonSchema(_text(schema), wanted.name, wanted.description)

    def _hints(self) -> dict[str, object]:
        hints = self._request.hints
        body: dict[str, object] = {}
        if hints.metadata is not None:
            if self._is_own or _is_request_metadata(hints.metadata):
                body["requestMetadata"] = hints.metadata
            else:
                self._lose("hints.metadata", "Bedrock takes up to 16 short texts", is_hint=True)
        tier = hints.service_tier
        if tier is not None and (tier in _TIERS or self._is_own):
            body["serviceTier"] = ServiceTier(tier)
            tier = None
        told = (
            ("service_tier", tier if tier != "auto" else None),
            ("user", hints.user),
            ("cache_key", hints.cache_key),
            ("is_stored", hints.is_stored or None),
            ("verbosity", hints.verbosity),
        )
        self.lost += lacking_hints(told, _NAME)
        return body

    def _extend(self, body: dict[str, object], more: dict[str, object], extension: Extension) -> None:
        if not self._is_own:
            self.lost.append(lacking_extension(extension.name, self._request, is_hint=extension.is_hint))
        elif extension.name == _FIELDS:
            try:
                members = read(_OBJECT, extension.value)
                more.update(members)
            except WireError:
                body[_FIELDS] = extension.value
        else:
            body[extension.name] = extension.value

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self.lost.append(Inexpressible(what, why, is_hint))


def _text(schema: Raw) -> str:
    return bytes(schema).decode("utf-8", "replace")


def _is_request_metadata(metadata: Raw) -> bool:
    try:
        pairs = _METADATA.decode(metadata)
    except (msgspec.DecodeError, RecursionError):
        return False
    texts = (*pairs, *pairs.values())
    return 0 < len(pairs) <= _MOST_METADATA and all(len(text) <= _LONGEST_METADATA for text in texts)
