"""Choose how a conversation travels, and make the request that goes out: as it came, or translated."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from narrowgate.dialects.dialect import Asked, Dialect
from narrowgate.dialects.registry import DIALECTS, Route, Shape, dialect_of
from narrowgate.model.conversation import (
    Foreign,
    ForeignTool,
    Form,
    Inexpressible,
    Message,
    Request,
    Role,
    Text,
    ToolCall,
    ToolMode,
)
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.model.inexpressible import Inexpressibles
from narrowgate.pipeline.fetching import Fetched, Wanted
from narrowgate.pipeline.media import inlined, wanted_by
from narrowgate.pipeline.target import Target
from narrowgate.providers.anthropic_messages import for_vertex
from narrowgate.providers.families import FAMILIES
from narrowgate.providers.family import Family, Quirks
from narrowgate.providers.free_text import family_for
from narrowgate.providers.one_call import OneCall
from narrowgate.schemas.openai import RequestHead
from narrowgate.wire.splice import replace_model

# Forms whose body names the model; the others have it in the path alone.
_MODEL_IN_BODY = frozenset({Form.ANTHROPIC_MESSAGES, Form.COHERE_CHAT, Form.OLLAMA_CHAT})
_LIMIT = re.compile(rb'"(?:max_tokens|maxOutputTokens|max_output_tokens|maxTokens|num_predict)"\s*:\s*(\d{1,9})')
_PASSED = (b"anthropic-beta",)
_TOOL = re.compile(r"tools\[(\d+)\]")
_PART = re.compile(r"messages\[(\d+)\]\.parts\[(\d+)\]")
_MESSAGE = re.compile(r"messages\[(\d+)\]")
_SYSTEM_APART = frozenset({Form.ANTHROPIC_MESSAGES, Form.GEMINI_GENERATE, Form.BEDROCK_CONVERSE})
# Google's defaults, which Gemini CLI sends with every request; what is wider cuts still less.
# Source: https://ai.google.dev/gemini-api/docs/prompting-strategies#model-parameters (read 2026-11).
_WIDE_TOP_P = 0.95
_WIDE_TOP_K = 40
_SHOWN = 20


class Lane(NamedTuple):
    """How one conversation travels.

    `request` is None in the verbatim lane, where `dialect` and `family` are halves of one form.
    `extra_lines` are header lines for the provider, `dropped` neutral names of what it cannot be told.
    With `wanted` (by URL) there is no body yet: what it names is to be fetched first.
    """

    dialect: Dialect
    family: Family
    quirks: Quirks
    line: bytes
    extra_lines: bytes
    body: bytes
    is_stream: bool
    output_limit: int | None
    choices: int
    request: Request | None
    dropped: tuple[str, ...]
    wanted: Mapping[str, Wanted] = {}


class Terms(NamedTuple):
    """What holds for one call: `policy` for what cannot be told, `fetched` media by URL, None if nothing is fetched."""

    policy: Inexpressibles
    fetched: Fetched | None = None


def choose_lane(route: Route, target: Target, head: RequestHead, asked: Asked, terms: Terms) -> Lane:
    """Return how a conversation goes to `target`.

    Raises:
        WireError, Failed: the body is not what its dialect says, or asks for what the target's form
            cannot express and may not be dropped.
    """
    form = route.form
    assert form is not None
    is_shared = form in target.forms and target.provider.quirks.variant is None
    if is_shared and form in DIALECTS and form in FAMILIES and route.shape is Shape.PLAIN:
        return _verbatim(form, route, target, head, asked)
    return _translated(route, target, asked, terms)


def _verbatim(form: Form, route: Route, target: Target, head: RequestHead, asked: Asked) -> Lane:
    is_stream = route.is_stream
    if is_stream is None:
        is_stream = head.stream is not False if form is Form.OLLAMA_CHAT else head.stream is True
    body = replace_model(asked.body, target.model_json, head) if form in _MODEL_IN_BODY else asked.body
    if target.provider.quirks.is_model_in_path:
        body = for_vertex(body)
    line = target.forms[form][is_stream]
    if form is Form.GEMINI_GENERATE and is_stream and b"alt=sse" not in asked.query:
        line = line.replace(b"?alt=sse", b"")  # the client reads one JSON array
    limits = [int(digits) for digits in _LIMIT.findall(asked.body)]
    lines = b"".join(b"%b: %b\r\n" % (name, asked.headers[name]) for name in _PASSED if name in asked.headers)
    return Lane(
        dialect_of(route, asked.query) or DIALECTS[form],
        FAMILIES[form],
        target.provider.quirks,
        line,
        lines,
        body,
        is_stream,
        max(limits, default=None),
        1,
        None,
        (),
    )


def resumed_lane(route: Route, target: Target, asked: Asked, prefix: str, fetched: Fetched | None) -> Lane:
    """Return how a conversation goes to another target once part of an answer was sent.

    With `prefix` the model is asked to go on from that text, else to answer anew. What the target cannot
    be told is left out: the answer has begun, and the client was told what is dropped before.

    Raises:
        WireError, Failed: the body is not what its dialect says.
    """
    return _translated(route, target, asked, Terms(Inexpressibles.DROP, fetched), prefix)


def _translated(route: Route, target: Target, asked: Asked, terms: Terms, prefix: str = "") -> Lane:
    dialect = dialect_of(route, asked.query)
    if dialect is None:
        raise Failed(Fault(FaultKind.BAD_REQUEST, "this dialect cannot be translated; name a model that speaks it"))
    request = dialect.parse(asked)
    if prefix:
        begun = Message(Role.ASSISTANT, (Text(prefix),))
        request = msgspec.structs.replace(request, messages=(*request.messages, begun))
    chosen = _form_for(request, target)
    if chosen is None:
        message = f"provider '{target.provider.name}' does not offer conversations"
        raise Failed(Fault(FaultKind.BAD_REQUEST, message, param="model", code="unsupported_operation"))
    quirks = target.provider.quirks
    family = family_for(request, FAMILIES[chosen], quirks)
    limit = request.max_output_tokens
    output_limit = limit * request.choices if limit else None
    line = target.forms[chosen][request.is_stream]
    if terms.fetched is not None:
        request = inlined(request, terms.fetched)
        wanted = wanted_by(request, chosen, quirks)
        if wanted:
            named = {url: Wanted(dialect.field(_renumbered(what, request)), kind) for url, what, kind in wanted}
            args = (dialect, family, quirks, line, b"", b"", request.is_stream, output_limit, request.choices, request)
            return Lane(*args, (), named)
    out = family.to_wire(request, target.model, quirks)
    if request.is_parallel is False and any(one.what == "is_parallel" for one in out.inexpressible):
        family = OneCall(family)
    lost = tuple(_as_asked(_eased(one, request), request) for one in out.inexpressible)
    refuse(lost, dialect.field, target, terms.policy)
    lines = b"".join(
        f"{name}: {value}\r\n".encode("latin-1", "replace")
        for name, value in out.headers
        if "\r" not in value and "\n" not in value
    )
    return Lane(
        dialect,
        family,
        quirks,
        line,
        lines,
        out.body,
        request.is_stream,
        output_limit,
        request.choices,
        request,
        tuple(dict.fromkeys(dialect.field(one.what) for one in lost)),
    )


def _form_for(request: Request, target: Target) -> Form | None:
    """Return the form to ask in: the preferred one, but reasoning goes where it comes back sealed."""
    forms = [form for form in target.forms if form in FAMILIES]
    if request.reasoning is not None and Form.OPENAI_RESPONSES in forms:
        return Form.OPENAI_RESPONSES
    if Form.OPENAI_CHAT in forms and forms[0] is Form.OPENAI_RESPONSES and request.choices > 1:
        return Form.OPENAI_CHAT
    return forms[0] if forms else None


def _eased(one: Inexpressible, request: Request) -> Inexpressible:
    """Return a loss as a hint if nothing is lost by it that counts.

    Such is a provider's own tool, offered beside others that stay, or what one did. Agents offer web search and the
    like with every request and do without: the model may not call what it is not told of. What such a tool did in an
    earlier turn is in the words of that turn.
    """
    if _is_past_of_own_tool(one, request) or _hardly_samples(one, request) or _is_kept_here(one, request):
        return msgspec.structs.replace(one, is_hint=True)
    is_free = request.tool_choice is None or request.tool_choice.mode is ToolMode.AUTO
    match = _TOOL.fullmatch(one.what)
    if one.is_hint or match is None or not is_free or all(isinstance(tool, ForeignTool) for tool in request.tools):
        return one
    index = int(match[1])
    is_foreign = index < len(request.tools) and isinstance(request.tools[index], ForeignTool)
    return msgspec.structs.replace(one, is_hint=True) if is_foreign else one


def _hardly_samples(one: Inexpressible, request: Request) -> bool:
    """Whether what is lost says what models do anyway: agents send their first provider's defaults to all."""
    sampling = request.sampling
    match one.what:
        case "sampling.temperature":
            return sampling.temperature == 1
        case "sampling.top_p":
            return sampling.top_p is not None and sampling.top_p >= _WIDE_TOP_P
        case "sampling.top_k":
            return sampling.top_k is not None and sampling.top_k >= _WIDE_TOP_K
        case _:
            return False


def _is_kept_here(one: Inexpressible, request: Request) -> bool:
    """Whether it is the wish for one call at a time, which is granted by hearing no other."""
    return one.what == "is_parallel" and request.is_parallel is False


def _is_past_of_own_tool(one: Inexpressible, request: Request) -> bool:
    match = _PART.fullmatch(one.what)
    if match is None or int(match[1]) >= len(request.messages):
        return False
    message, index = request.messages[int(match[1])], int(match[2])
    is_foreign = index < len(message.parts) and isinstance(message.parts[index], Foreign)
    has_words = any(isinstance(part, Text | ToolCall) for part in message.parts)
    return is_foreign and has_words and message.role is Role.ASSISTANT


def _as_asked(one: Inexpressible, request: Request) -> Inexpressible:
    """Return a loss with its message numbered as the client did."""
    return msgspec.structs.replace(one, what=_renumbered(one.what, request))


def _renumbered(what: str, request: Request) -> str:
    """Return a path with its message numbered as the client did: some forms have system text apart from messages."""
    match = _MESSAGE.match(what)
    is_apart = request.form in _SYSTEM_APART and request.messages[:1] and request.messages[0].role is Role.SYSTEM
    if match is None or not is_apart:
        return what
    number, rest = int(match[1]), what[match.end() :]
    return f"messages[{number - 1}]{rest}" if number else "system"


def refuse(
    inexpressible: tuple[Inexpressible, ...], field: Callable[[str], str], target: Target, policy: Inexpressibles
) -> None:
    """Let what may be dropped pass; `field` gives the client's name for a neutral path.

    Raises:
        Failed: something is not a hint, and nothing may be dropped.
    """
    refused = [one for one in inexpressible if not one.is_hint]
    if not refused or policy is Inexpressibles.DROP:
        return
    first = field(refused[0].what)
    names = ", ".join(field(one.what) for one in refused[:_SHOWN])
    message = (
        f"{names}: not possible with '{target.name}': {refused[0].why}; leave it out, or send "
        "'x-narrowgate-inexpressible: drop' if the key may"
    )
    raise Failed(Fault(FaultKind.BAD_REQUEST, message, param=first, code="inexpressible"))
