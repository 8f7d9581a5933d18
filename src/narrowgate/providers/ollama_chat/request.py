"""Write a request as Ollama's.

Source: https://docs.ollama.com/api/chat (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import CustomTool, ForeignTool, FormatKind, Inexpressible, Request, Tool, ToolMode
from narrowgate.model.effort import effort_of
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.ollama_chat.turns import FORM, Turns
from narrowgate.schemas import ollama_chat as schema

_ENCODER = msgspec.json.Encoder()
_NO_PARAMETERS = msgspec.Raw(b'{"type":"object","properties":{}}')
_OPTION = "options."
_GENERATE = "generate."  # members of `/api/generate` that `/api/chat` has not
# Members of other forms that do not change what is answered.
_HARMLESS = frozenset({"priority", "prompt_cache_retention", "safety_identifier", "stream_options"})
# The words Ollama knows for how much to think.
_LEVELS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}


def outgoing(request: Request, model: str, quirks: Quirks) -> Outgoing:
    """Return `request` for `model`, and what had no place in it."""
    turns = Turns()
    for number, message in enumerate(request.messages):
        turns.write(message, f"messages[{number}]")
    body: dict[str, object] = {"model": model, "messages": turns.messages, "stream": request.is_stream}
    writer = _Writer(request, quirks, body)
    writer.write_tools()
    writer.write_options()
    writer.write_reasoning()
    writer.write_format()
    writer.write_rest()
    if writer.options:
        body["options"] = writer.options
    return Outgoing(_ENCODER.encode(body), (), (*turns.lost, *writer.lost))


class _Writer:
    """Writes what is not a turn into `body` and `options`."""

    def __init__(self, request: Request, quirks: Quirks, body: dict[str, object]) -> None:
        self.request = request
        self.unknown = quirks.unknown
        self.body = body
        self.options: dict[str, object] = {}
        self.lost: list[Inexpressible] = []

    def write_options(self) -> None:
        """Write the limit of the answer and how tokens are chosen."""
        sampling = self.request.sampling
        for name, what, value in (
            ("num_predict", "max_output_tokens", self.request.max_output_tokens),
            ("temperature", "sampling.temperature", sampling.temperature),
            ("top_p", "sampling.top_p", sampling.top_p),
            ("top_k", "sampling.top_k", sampling.top_k),
            ("min_p", "sampling.min_p", sampling.min_p),
            ("seed", "sampling.seed", sampling.seed),
            ("presence_penalty", "sampling.presence_penalty", sampling.presence_penalty),
            ("frequency_penalty", "sampling.frequency_penalty", sampling.frequency_penalty),
            ("stop", "sampling.stop", sampling.stop or None),
        ):
            self._put(self.options, name, what, value)
        self._put(self.body, "logprobs", "sampling.has_logprobs", sampling.has_logprobs)
        self._put(self.body, "top_logprobs", "sampling.top_logprobs", sampling.top_logprobs)
        if sampling.logit_bias is not None:
            self._lose("sampling.logit_bias", "Ollama has no bias of single tokens")
        if self.request.choices > 1:
            self._lose("choices", "Ollama gives one answer to a request")

    def write_tools(self) -> None:
        """Write the tools; there is no choice among them but to leave them out."""
        choice = self.request.tool_choice
        mode = choice.mode if choice is not None else ToolMode.AUTO
        if mode in (ToolMode.REQUIRED, ToolMode.NAMED) or (choice is not None and choice.names):
            self._lose("tool_choice", "Ollama lets the model choose its tools")
        tools: list[object] = []
        for number, tool in enumerate(self.request.tools):
            where = f"tools[{number}]"
            match tool:
                case Tool():
                    parameters = tool.parameters if tool.parameters is not None else _NO_PARAMETERS
                    tools.append(schema.Tool("function", schema.FunctionTool(tool.name, tool.description, parameters)))
                    if tool.is_strict:
                        self._lose(f"{where}.is_strict", "Ollama is not strict with arguments", is_hint=True)
                    if tool.cache is not None:
                        self._lose(f"{where}.cache", "Ollama caches by itself", is_hint=True)
                case ForeignTool() if tool.form is FORM:
                    tools.append(tool.raw)
                case CustomTool() | ForeignTool():
                    self._lose(where, "Ollama knows tools of type function only")
        if tools and mode is not ToolMode.NONE:
            self.body["tools"] = tools
            if self.request.is_parallel is False:
                self._lose("is_parallel", "Ollama may always call several tools at once")

    def write_reasoning(self) -> None:
        """Write whether and how much to think."""
        reasoning = self.request.reasoning
        if reasoning is None:
            return
        effort = reasoning.effort
        if effort is None and reasoning.budget_tokens is not None:
            effort = effort_of(reasoning.budget_tokens)
            self._lose("reasoning.budget_tokens", "Ollama knows low, medium and high only", is_hint=True)
        if reasoning.is_on is False or effort == "none":
            self._put(self.body, "think", "reasoning", value=False)
        elif effort is not None:
            self._put(self.body, "think", "reasoning", effort if self._is_own() else _LEVELS.get(effort, "medium"))
        elif reasoning.is_on or reasoning.is_adaptive:
            self._put(self.body, "think", "reasoning", value=True)
        for name, wish in (("is_shown", reasoning.is_shown), ("summary", reasoning.summary)):
            if wish is not None:
                self._lose(f"reasoning.{name}", "Ollama shows the reasoning as it is", is_hint=True)

    def write_format(self) -> None:
        """Write what the text must be."""
        wanted = self.request.format
        if wanted is None or wanted.kind is FormatKind.TEXT:
            return
        has_schema = wanted.kind is FormatKind.SCHEMA and wanted.schema is not None
        self._put(self.body, "format", "format", wanted.schema if has_schema else "json")
        if wanted.description is not None:
            self._lose("format.description", "Ollama takes the schema alone", is_hint=True)

    def write_rest(self) -> None:
        """Write the form's own members; tell of hints, of earlier answers, of other forms' members."""
        hints = self.request.hints
        for name in ("user", "metadata", "service_tier", "cache_key", "verbosity"):
            if getattr(hints, name) is not None:
                self._lose(f"hints.{name}", "Ollama has no place for it", is_hint=True)
        if hints.is_stored:
            self._lose("hints.is_stored", "Ollama stores no answers", is_hint=True)
        if self.request.previous_response_id is not None:
            self._lose("previous_response_id", "Ollama keeps no conversations; send all messages")
        for extension in self.request.extensions:
            name = extension.name
            if not self._is_own():
                is_hint = extension.is_hint or name in _HARMLESS or bytes(extension.value) == b"null"
                self._lose(f"extensions.{name}", "Ollama's chat has no such member", is_hint=is_hint)
            elif name.startswith(_OPTION):
                self.options.setdefault(name.removeprefix(_OPTION), extension.value)
            elif name.startswith(_GENERATE):
                self._lose(f"extensions.{name}", "it is known to /api/generate alone, and this goes to /api/chat")
            else:
                self.body.setdefault(name, extension.value)

    def _is_own(self) -> bool:
        return self.request.form is FORM

    def _put(self, place: dict[str, object], name: str, what: str, value: object) -> None:
        if value is None:
            return
        if what in self.unknown:
            self._lose(what, "the provider does not know it")
        else:
            place[name] = value

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self.lost.append(Inexpressible(what, why, is_hint))
