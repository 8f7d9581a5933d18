"""Read what a client of OpenAI's chat completions asks."""

import msgspec

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.openai_chat.messages import MessageReader
from narrowgate.dialects.openai_chat.reading import bad, read_at, whole
from narrowgate.dialects.openai_chat.tools import choice_of, tool_of
from narrowgate.model.conversation import (
    AnyTool,
    Extension,
    Form,
    FormatKind,
    Hints,
    OutputFormat,
    Reasoning,
    Request,
    Sampling,
    Tool,
)
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas.reading import given
from narrowgate.wire.escapes import mended

_REQUEST = msgspec.json.Decoder(wire.Request)
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_STREAM_OPTIONS = msgspec.json.Decoder(wire.StreamOptions)
_FORMAT = msgspec.json.Decoder(wire.ResponseFormat)
_KNOWN = frozenset(wire.Request.__struct_fields__)
_STREAM_KNOWN = frozenset(wire.StreamOptions.__struct_fields__)
# What another form may do without: the answer means the same.
_HINTS = frozenset({"prediction", "safety_identifier", "prompt_cache_retention", "functions", "function_call"})
_NULL = msgspec.Raw(b"null")
_TEXT_ONLY = msgspec.Raw(b'["text"]')


def parse_request(asked: Asked) -> Request:
    """Return what is asked.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    body = asked.body
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            raise bad("", "the body is not UTF-8; send JSON in UTF-8") from None
    body = mended(body) or body
    request = read_at(_REQUEST, body, "")
    extensions = _extensions(body)
    model = request.model or asked.model
    if not model:
        raise bad("model", "is missing; name the model that shall answer")
    if not request.messages:
        raise bad("messages", "is missing or empty; send at least one message")
    messages = MessageReader(extensions)
    tools = _tools(request, extensions)
    is_legacy = request.functions is not None and request.tools is None
    return Request(
        Form.OPENAI_CHAT,
        model,
        tuple(messages.message(index, raw) for index, raw in enumerate(request.messages)),
        tools,
        choice_of(request, tools),
        False if is_legacy else request.parallel_tool_calls,
        whole(request.max_completion_tokens, "max_completion_tokens", least=1)
        or whole(request.max_tokens, "max_tokens", least=1),
        _sampling(request),
        _format(given(request.response_format), extensions),
        _reasoning(request),
        whole(request.n, "n", least=1) or 1,
        bool(request.stream),
        _has_usage(given(request.stream_options), extensions),
        None,
        Hints(
            request.user,
            given(request.metadata),
            request.service_tier,
            request.prompt_cache_key,
            request.store,
            request.verbosity,
        ),
        tuple(extensions),
    )


def _extensions(body: bytes) -> list[Extension]:
    members = read_at(_MEMBERS, body, "")
    found = [
        Extension(name, value, name in _HINTS or (name == "modalities" and _squeezed(value) == _TEXT_ONLY))
        for name, value in members.items()
        if name not in _KNOWN and bytes(value) != b"null"
    ]
    legacy = (name for name in ("functions", "function_call") if bytes(members.get(name, _NULL)) != b"null")
    found += [Extension(name, members[name], is_hint=True) for name in legacy]
    return found


def _has_usage(options: msgspec.Raw | None, extensions: list[Extension]) -> bool:
    if options is None:
        return False
    for name, value in read_at(_MEMBERS, options, "stream_options").items():
        if name not in _STREAM_KNOWN:
            extensions.append(Extension(f"stream_options.{name}", value, is_hint=True))
    return bool(read_at(_STREAM_OPTIONS, options, "stream_options").include_usage)


def _squeezed(value: msgspec.Raw) -> msgspec.Raw:
    return msgspec.Raw(bytes(value).translate(None, b" \t\r\n"))


def _tools(request: wire.Request, extensions: list[Extension]) -> tuple[AnyTool, ...]:
    if request.tools is None:
        return tuple(
            Tool(function.name, function.description, given(function.parameters), function.strict)
            for function in request.functions or ()
        )
    return tuple(tool_of(raw, f"tools[{index}]", extensions) for index, raw in enumerate(request.tools))


def _sampling(request: wire.Request) -> Sampling:
    stop = request.stop
    return Sampling(
        request.temperature,
        request.top_p,
        whole(request.top_k, "top_k"),
        request.min_p,
        request.presence_penalty,
        request.frequency_penalty,
        whole(request.seed, "seed") if request.seed is not None else whole(request.random_seed, "random_seed"),
        () if stop is None else (stop,) if isinstance(stop, str) else tuple(stop),
        given(request.logit_bias),
        request.logprobs,
        whole(request.top_logprobs, "top_logprobs"),
    )


def _format(raw: msgspec.Raw | None, extensions: list[Extension]) -> OutputFormat | None:
    if raw is None:
        return None
    asked = read_at(_FORMAT, raw, "response_format")
    match asked.type:
        case "text":
            return OutputFormat(FormatKind.TEXT)
        case "json_object":
            return OutputFormat(FormatKind.JSON)
        case "json_schema" if asked.json_schema is not None:
            schema = asked.json_schema
            return OutputFormat(FormatKind.SCHEMA, given(schema.schema), schema.name, schema.description, schema.strict)
        case "json_schema":
            raise bad("response_format.json_schema", "is missing; send an object with name and schema")
        case _:  # grammars and other imitators' formats
            extensions.append(Extension("response_format", raw))
            return None


def _reasoning(request: wire.Request) -> Reasoning | None:
    effort, budget, is_on, is_adaptive, is_shown, summary = request.reasoning_effort, None, None, False, None, None
    if request.reasoning is not None:  # OpenRouter
        asked = request.reasoning
        effort = effort or asked.effort
        budget = whole(asked.max_tokens, "reasoning.max_tokens")
        is_on, summary = asked.enabled, asked.summary
        is_shown = None if asked.exclude is None else not asked.exclude
    if request.thinking is not None:  # DeepSeek, LiteLLM
        kind = request.thinking.type
        budget = whole(request.thinking.budget_tokens, "thinking.budget_tokens")
        is_on, is_adaptive = kind != "disabled", kind == "adaptive"
    found = Reasoning(effort, budget, is_on, is_adaptive, is_shown, summary)
    return None if found == Reasoning() else found
