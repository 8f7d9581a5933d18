"""Choose how a conversation travels, and make the request that goes out: as it came, or translated."""

import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from narrowgate.config.schema import Inexpressibles
from narrowgate.dialects.dialect import Asked, Dialect
from narrowgate.dialects.registry import DIALECTS, Route, Shape, dialect_of
from narrowgate.model.conversation import ForeignTool, Form, Inexpressible, Request, Role, ToolMode
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.pipeline.target import Target
from narrowgate.providers.anthropic_messages import for_vertex
from narrowgate.providers.family import Family, Quirks
from narrowgate.providers.registry import FAMILIES
from narrowgate.schemas.openai import RequestHead
from narrowgate.wire.splice import replace_model

# Forms whose body names the model; the others have it in the path alone.
_MODEL_IN_BODY = frozenset({Form.ANTHROPIC_MESSAGES, Form.COHERE_CHAT, Form.OLLAMA_CHAT})
_LIMIT = re.compile(rb'"(?:max_tokens|maxOutputTokens|max_output_tokens|maxTokens|num_predict)"\s*:\s*(\d{1,9})')
_PASSED = (b"anthropic-beta",)
_TOOL = re.compile(r"tools\[(\d+)\]")
_MESSAGE = re.compile(r"messages\[(\d+)\]")
_SYSTEM_APART = frozenset({Form.ANTHROPIC_MESSAGES, Form.GEMINI_GENERATE, Form.BEDROCK_CONVERSE})
_SHOWN = 20


class Lane(NamedTuple):
    """How one conversation travels.

    `request` is None in the verbatim lane, where `dialect` and `family` are halves of one form.
    `extra_lines` are header lines for the provider, `dropped` neutral names of what it cannot be told.
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


def choose_lane(route: Route, target: Target, head: RequestHead, asked: Asked, policy: Inexpressibles) -> Lane:
    """Return how a conversation goes to `target`.

    Raises:
        WireError, Failed: the body is not what its dialect says, or asks for what the target's form
            cannot express and may not be dropped.
    """
    form = route.form
    assert form is not None
    if form in target.forms and form in DIALECTS and form in FAMILIES and route.shape is Shape.PLAIN:
        return _verbatim(form, route, target, head, asked)
    return _translated(route, target, asked, policy)


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


def _translated(route: Route, target: Target, asked: Asked, policy: Inexpressibles) -> Lane:
    dialect = dialect_of(route, asked.query)
    if dialect is None:
        raise Failed(Fault(FaultKind.BAD_REQUEST, "this dialect cannot be translated; name a model that speaks it"))
    request = dialect.parse(asked)
    chosen = _form_for(request, target)
    if chosen is None:
        message = f"provider '{target.provider.name}' does not offer conversations"
        raise Failed(Fault(FaultKind.BAD_REQUEST, message, param="model", code="unsupported_operation"))
    family, quirks = FAMILIES[chosen], target.provider.quirks
    out = family.to_wire(request, target.model, quirks)
    lost = tuple(_as_asked(_eased(one, request), request) for one in out.inexpressible)
    refuse(lost, dialect.field, target, policy)
    lines = b"".join(
        f"{name}: {value}\r\n".encode("latin-1", "replace")
        for name, value in out.headers
        if "\r" not in value and "\n" not in value
    )
    limit = request.max_output_tokens
    return Lane(
        dialect,
        family,
        quirks,
        target.forms[chosen][request.is_stream],
        lines,
        out.body,
        request.is_stream,
        limit * request.choices if limit else None,
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
    """Return a loss as a hint if it is a provider's own tool, offered beside others that stay.

    Agents offer web search and the like with every request and do without: the model may not call what
    it is not told of.
    """
    is_free = request.tool_choice is None or request.tool_choice.mode is ToolMode.AUTO
    match = _TOOL.fullmatch(one.what)
    if one.is_hint or match is None or not is_free or all(isinstance(tool, ForeignTool) for tool in request.tools):
        return one
    index = int(match[1])
    is_foreign = index < len(request.tools) and isinstance(request.tools[index], ForeignTool)
    return msgspec.structs.replace(one, is_hint=True) if is_foreign else one


def _as_asked(one: Inexpressible, request: Request) -> Inexpressible:
    """Return a loss with its message numbered as the client did: some forms have system text apart from messages."""
    match = _MESSAGE.match(one.what)
    is_apart = request.form in _SYSTEM_APART and request.messages[:1] and request.messages[0].role is Role.SYSTEM
    if match is None or not is_apart:
        return one
    number, rest = int(match[1]), one.what[match.end() :]
    return msgspec.structs.replace(one, what=f"messages[{number - 1}]{rest}" if number else "system")


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
        "'x-narrowgate-inexpressible: drop'"
    )
    raise Failed(Fault(FaultKind.BAD_REQUEST, message, param=first, code="inexpressible"))
