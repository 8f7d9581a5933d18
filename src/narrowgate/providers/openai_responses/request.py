"""Write a request for OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses/create (read 2026-11).
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from narrowgate.model.conversation import (
    Form,
    FormatKind,
    Inexpressible,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Text,
)
from narrowgate.model.effort import EFFORTS, effort_of
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.openai_responses.items import ItemWriter
from narrowgate.providers.openai_responses.tools import ToolWriter
from narrowgate.schemas import openai_responses as wire

_OWN = Form.OPENAI_RESPONSES
_JSON = msgspec.json.Encoder()
_NO_MEMBER = "the Responses API has no such member"
_REFUSED = "this provider refuses it"
_TIERS = frozenset({"auto", "default", "flex", "priority", "scale"})
_SEALS = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"
# Longer ones are refused, and other forms' users may be whole JSON texts.
_USER_CHARACTERS = 64
# Source: https://platform.openai.com/docs/guides/latest-model (read 2026-11).
_REASONS = re.compile(r"(?:o\d|gpt-[5-9])(?!.*chat)")
_WIDE_TOP_P = 0.95
_NOWHERE: Mapping[str, Callable[[Request], object]] = {
    "sampling.top_k": lambda request: request.sampling.top_k,
    "sampling.min_p": lambda request: request.sampling.min_p,
    "sampling.seed": lambda request: request.sampling.seed,
    "sampling.stop": lambda request: request.sampling.stop or None,
    "sampling.logit_bias": lambda request: request.sampling.logit_bias,
    "choices": lambda request: request.choices if request.choices != 1 else None,
}


def to_wire(request: Request, model: str, quirks: Quirks) -> Outgoing:
    """Return `request` for `model`; nothing is stored for clients of other forms, unless they ask for it."""
    return _Writer(request, quirks).write(model)


class _Writer:
    def __init__(self, request: Request, quirks: Quirks) -> None:
        self._request = request
        self._quirks = quirks
        self._is_own = request.form is _OWN
        self._lost: list[Inexpressible] = []
        self._body = wire.Request()
        self._reasoning: dict[str, object] = {}
        self._text: dict[str, object] = {}
        self._include: list[str] = []

    def write(self, model: str) -> Outgoing:
        request, body = self._request, self._body
        body.model = model
        body.stream = request.is_stream or None
        body.previous_response_id = request.previous_response_id
        self._conversation()
        self._tools()
        self._sampling()
        if request.format is not None and self._takes("format"):
            self._text["format"] = _format(request.format)
        if request.reasoning is not None and self._takes("reasoning"):
            self._think(request.reasoning)
        self._hints()
        added = self._extensions()
        if self._reasoning:
            body.reasoning = _raw(self._reasoning)
        if self._text:
            body.text = _raw(self._text)
        if self._include:
            body.include = self._include
        return Outgoing(_joined(_JSON.encode(body), added), (), tuple(self._lost))

    def _conversation(self) -> None:
        """Write the first system text as instructions, everything behind it as items."""
        messages = self._request.messages
        skipped = 0
        if messages and messages[0].role is Role.SYSTEM and not messages[0].is_developer and messages[0].name is None:
            texts = [part.text for part in messages[0].parts if isinstance(part, Text) and part.cache is None]
            if texts and len(texts) == len(messages[0].parts):
                self._body.instructions, skipped = "\n\n".join(texts), 1
        writer = ItemWriter(self._request, self._quirks, self._lost)
        self._body.input = writer.write(skipped)

    def _tools(self) -> None:
        request = self._request
        writer = ToolWriter(request, self._lost)
        self._body.tools = writer.tools() or None
        if request.tool_choice is not None and self._takes("tool_choice"):
            self._body.tool_choice = writer.choice(request.tool_choice)
        if request.is_parallel is not None and self._takes("is_parallel"):
            self._body.parallel_tool_calls = request.is_parallel

    def _sampling(self) -> None:
        request, body, sampling = self._request, self._body, self._request.sampling
        for what, value_of in _NOWHERE.items():
            if value_of(request) is not None:
                self._lose(what, _NO_MEMBER)
        if request.max_output_tokens is not None and self._takes("max_output_tokens"):
            body.max_output_tokens = request.max_output_tokens
        if sampling.temperature is not None and self._takes_number("temperature", sampling.temperature):
            body.temperature = sampling.temperature
        if sampling.top_p is not None and self._takes_number("top_p", sampling.top_p):
            body.top_p = sampling.top_p
        # OpenAI shows these two in answers but does not document them in requests.
        if sampling.presence_penalty is not None and self._takes("sampling.presence_penalty", own=True):
            body.presence_penalty = sampling.presence_penalty
        if sampling.frequency_penalty is not None and self._takes("sampling.frequency_penalty", own=True):
            body.frequency_penalty = sampling.frequency_penalty
        if sampling.top_logprobs is not None and self._takes("sampling.top_logprobs"):
            body.top_logprobs = sampling.top_logprobs
        if sampling.has_logprobs and self._takes("sampling.has_logprobs"):
            self._include.append(_LOGPROBS)

    def _think(self, reasoning: Reasoning) -> None:
        effort = reasoning.effort
        if effort is None and reasoning.budget_tokens is not None:
            # Not every model knows the words beyond "high"; a budget does not name one.
            effort = min(effort_of(reasoning.budget_tokens), "high", key=EFFORTS.index)
        elif effort is None and reasoning.is_on is False:
            effort = "none"
        elif effort is None and (reasoning.is_on or reasoning.is_adaptive):
            effort = "medium"
        if effort is not None:
            self._reasoning["effort"] = effort
        summary = reasoning.summary or ("auto" if reasoning.is_shown else None)
        if summary is not None:
            self._reasoning["summary"] = summary
        # Others cannot ask for seals by name; without them nothing of the thinking can be sent back.
        is_thinking = bool(self._reasoning) and effort != "none"
        if reasoning.is_sealed or (is_thinking and not self._is_own):
            self._include.append(_SEALS)

    def _hints(self) -> None:
        hints, body = self._request.hints, self._body
        if self._takes_hint("hints.is_stored", hints.is_stored):
            body.store = hints.is_stored
        elif not self._is_own and "hints.is_stored" not in self._quirks.unknown:
            body.store = False
        if self._takes_hint("hints.user", hints.user):
            body.user = hints.user
        if self._takes_hint("hints.service_tier", hints.service_tier):
            body.service_tier = hints.service_tier
        if hints.metadata is not None and self._takes_hint("hints.metadata", hints.metadata):
            body.metadata = hints.metadata
        if self._takes_hint("hints.cache_key", hints.cache_key):
            body.prompt_cache_key = hints.cache_key
        if self._takes_hint("hints.verbosity", hints.verbosity):
            self._text["verbosity"] = hints.verbosity

    def _takes_hint(self, what: str, value: object) -> bool:
        """Whether there is a value and the provider takes it; if it does not, that is noted."""
        why = None
        if what in self._quirks.unknown:
            why = _REFUSED
        elif what == "hints.user" and not self._is_own and len(str(value)) > _USER_CHARACTERS:
            why = f"it is longer than {_USER_CHARACTERS} characters"
        elif what == "hints.service_tier" and not self._is_own and str(value) not in _TIERS:
            why = f"'{value}' is no tier of this API"
        if value is not None and why is not None:
            self._lose(what, why, is_hint=True)
        return value is not None and why is None

    def _extensions(self) -> dict[str, msgspec.Raw]:
        """Put members of this form where they were; return those of the top level."""
        added: dict[str, msgspec.Raw] = {}
        for extension in self._request.extensions:
            if not self._is_own:
                why = "only the client's own form has it"
                self._lose(f"extensions.{extension.name}", why, is_hint=extension.is_hint)
                continue
            group, _, name = extension.name.partition(".")
            if group == "reasoning" and name:
                self._reasoning[name] = extension.value
            elif group == "text" and name:
                self._text[name] = extension.value
            elif group == "include":
                self._include += msgspec.json.decode(extension.value, type=list[str])
            elif group != "tools":  # those are written with their tool
                added[extension.name] = extension.value
        return added

    def _takes_number(self, name: str, value: float) -> bool:
        """Whether the provider takes it: models that reason refuse even what they do anyway.

        Anything else is theirs to judge, as some take it while they do not reason.
        """
        is_usual = value == 1 or (name == "top_p" and value >= _WIDE_TOP_P)
        if is_usual and not self._is_own and _REASONS.match(self._body.model or ""):
            self._lose(f"sampling.{name}", "models that reason refuse it")
            return False
        return self._takes(f"sampling.{name}")

    def _takes(self, what: str, *, own: bool = False) -> bool:
        """Whether the provider takes `what`; if not, that is noted. `own`: only from clients of this form."""
        if what in self._quirks.unknown:
            self._lose(what, _REFUSED)
            return False
        if own and not self._is_own:
            self._lose(what, _NO_MEMBER)
            return False
        return True

    def _lose(self, what: str, why: str, *, is_hint: bool = False) -> None:
        self._lost.append(Inexpressible(what, why, is_hint))


def _format(wanted: OutputFormat) -> wire.TextFormat:
    if wanted.kind is FormatKind.TEXT:
        return wire.TextFormat("text")
    if wanted.kind is FormatKind.JSON:
        return wire.TextFormat("json_object")
    return wire.TextFormat(
        "json_schema",
        wanted.name or "answer",
        wanted.description,
        wanted.schema or msgspec.Raw(b"{}"),
        wanted.is_strict,
    )


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(_JSON.encode(value))


def _joined(body: bytes, added: dict[str, msgspec.Raw]) -> bytes:
    """Return `body`, a JSON object that is not empty, with members added that it does not have."""
    more = b"".join(b",%b:%b" % (_JSON.encode(name), bytes(value)) for name, value in added.items())
    return body[:-1] + more + b"}" if more else body
