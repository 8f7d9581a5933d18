"""Write a request as Cohere's.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import (
    CustomTool,
    ForeignTool,
    FormatKind,
    Inexpressible,
    Request,
    Tool,
    ToolMode,
)
from narrowgate.model.effort import budget_of
from narrowgate.providers.cohere_chat.turns import FORM, Turns
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.schemas import cohere_chat as schema

_NO_PARAMETERS = msgspec.Raw(b'{"type":"object","properties":{}}')
_ENCODER = msgspec.json.Encoder()
# Members of other forms that do not change what is answered.
_HARMLESS = frozenset({"keep_alive", "prompt_cache_retention", "safety_identifier", "stream_options"})


def outgoing(request: Request, model: str, quirks: Quirks) -> Outgoing:
    """Return `request` for `model`, and what had no place in it."""
    writer = _Writer(request, quirks)
    turns = Turns()
    for number, message in enumerate(request.messages):
        turns.write(message, f"messages[{number}]")
    body: dict[str, object] = {"model": model, "messages": turns.messages, "stream": request.is_stream}
    if turns.documents:
        body["documents"] = turns.documents
    writer.body = body
    writer.write_tools()
    writer.write_limits()
    writer.write_reasoning()
    writer.write_format()
    writer.write_rest()
    return Outgoing(_ENCODER.encode(body), (), (*turns.lost, *writer.lost))


class _Writer:
    """Writes what is not a turn into `body`."""

    def __init__(self, request: Request, quirks: Quirks) -> None:
        self.request = request
        self.unknown = quirks.unknown
        self.body: dict[str, object] = {}
        self.lost: list[Inexpressible] = []

    def write_limits(self) -> None:
        """Write the limit of the answer and how tokens are chosen."""
        sampling = self.request.sampling
        self._put("max_tokens", "max_output_tokens", self.request.max_output_tokens)
        self._put("temperature", "sampling.temperature", sampling.temperature)
        self._put("p", "sampling.top_p", sampling.top_p)
        self._put("k", "sampling.top_k", sampling.top_k)
        self._put("seed", "sampling.seed", sampling.seed)
        self._put("presence_penalty", "sampling.presence_penalty", sampling.presence_penalty)
        self._put("frequency_penalty", "sampling.frequency_penalty", sampling.frequency_penalty)
        self._put("stop_sequences", "sampling.stop", sampling.stop or None)
        self._put("logprobs", "sampling.has_logprobs", sampling.has_logprobs)
        if sampling.min_p is not None:
            self._lose("sampling.min_p", "Cohere has no such limit")
        if sampling.logit_bias is not None:
            self._lose("sampling.logit_bias", "Cohere has no bias of single tokens")
        if sampling.top_logprobs:
            self._lose("sampling.top_logprobs", "Cohere tells the probabilities of chosen tokens only")
        if self.request.choices > 1:
            self._lose("choices", "Cohere gives one answer to a request")

    def write_tools(self) -> None:
        """Write the tools and which may be called."""
        tools: list[object] = []
        for number, tool in enumerate(self.request.tools):
            where = f"tools[{number}]"
            match tool:
                case Tool():
                    parameters = tool.parameters if tool.parameters is not None else _NO_PARAMETERS
                    tools.append(schema.Tool("function", schema.FunctionTool(tool.name, tool.description, parameters)))
                    if tool.cache is not None:
                        self._lose(f"{where}.cache", "Cohere caches by itself", is_hint=True)
                case ForeignTool() if tool.form is FORM:
                    tools.append(tool.raw)
                case CustomTool() | ForeignTool():
                    self._lose(where, "Cohere knows tools of type function only")
        if tools:
            self.body["tools"] = tools
        wishes = {tool.is_strict for tool in self.request.tools if isinstance(tool, Tool)}
        if len(wishes) == 1 and None not in wishes:
            self.body["strict_tools"] = True in wishes
        elif True in wishes:
            self._lose("tools.is_strict", "Cohere is strict with all tools or with none", is_hint=True)
        self._write_choice()
        if self.request.is_parallel is False and tools:
            self._lose("is_parallel", "Cohere may always call several tools at once")

    def _write_choice(self) -> None:
        choice = self.request.tool_choice
        if choice is None:
            return
        names = {tool.name for tool in self.request.tools if isinstance(tool, Tool)}
        if choice.names and set(choice.names) != names:
            self._lose("tool_choice", "Cohere cannot choose some of several tools; send those alone")
        elif choice.mode is ToolMode.NONE:
            self._put("tool_choice", "tool_choice", "NONE")
        elif choice.mode is not ToolMode.AUTO:
            self._put("tool_choice", "tool_choice", "REQUIRED")

    def write_reasoning(self) -> None:
        """Write whether and how much to think."""
        reasoning = self.request.reasoning
        if reasoning is None:
            return
        budget = reasoning.budget_tokens
        if reasoning.effort is not None and budget is None:
            budget = budget_of(reasoning.effort)
        if reasoning.is_on is False or budget == 0:
            self._put("thinking", "reasoning", schema.Thinking("disabled"))
        elif budget is not None or reasoning.is_on or reasoning.is_adaptive:
            self._put("thinking", "reasoning", schema.Thinking("enabled", budget))
        for name, wish in (("is_shown", reasoning.is_shown), ("summary", reasoning.summary)):
            if wish is not None:
                self._lose(f"reasoning.{name}", "Cohere shows its reasoning as it is", is_hint=True)

    def write_format(self) -> None:
        """Write what the text must be."""
        wanted = self.request.format
        if wanted is None or wanted.kind is FormatKind.TEXT:
            return
        if wanted.kind is FormatKind.SCHEMA and wanted.schema is not None:
            self._put("response_format", "format", schema.ResponseFormat("json_object", wanted.schema))
        else:
            self._put("response_format", "format", schema.ResponseFormat("json_object"))
        if wanted.description is not None:
            self._lose("format.description", "Cohere takes the schema alone", is_hint=True)

    def write_rest(self) -> None:
        """Write the form's own members; tell of hints, of earlier answers, of other forms' members."""
        hints = self.request.hints
        for name in ("user", "metadata", "service_tier", "cache_key", "verbosity"):
            if getattr(hints, name) is not None:
                self._lose(f"hints.{name}", "Cohere's chat has no place for it", is_hint=True)
        if hints.is_stored:
            self._lose("hints.is_stored", "Cohere stores no answers", is_hint=True)
        if self.request.previous_response_id is not None:
            self._lose("previous_response_id", "Cohere keeps no conversations; send all messages")
        for extension in self.request.extensions:
            if self.request.form is FORM:
                self.body.setdefault(extension.name, extension.value)
            else:
                is_hint = extension.is_hint or extension.name in _HARMLESS or bytes(extension.value) == b"null"
                self._lose(f"extensions.{extension.name}", "Cohere's chat has no such member", is_hint=is_hint)

    def _put(self, name: str, what: str, value: object) -> None:
        if value is None:
            return
        if what in self.unknown:
            self._lose(what, "the provider does not know it")
        else:
            self.body[name] = value

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self.lost.append(Inexpressible(what, why, is_hint))
