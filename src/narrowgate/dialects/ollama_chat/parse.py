"""Read what a client of Ollama's native API asks.

Source: https://docs.ollama.com/api/chat, https://docs.ollama.com/api/generate (read 2026-11).
"""

import msgspec

from narrowgate.dialects.asking import read_body, read_part, wrong
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.ollama_chat.turns import Conversation, pictures
from narrowgate.model.conversation import (
    AnyTool,
    Extension,
    ForeignTool,
    Form,
    FormatKind,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Role,
    Sampling,
    Text,
    Tool,
)
from narrowgate.schemas import ollama_chat as schema

FORM = Form.OLLAMA_CHAT
_CHAT = msgspec.json.Decoder(schema.ChatRequest)
_GENERATE = msgspec.json.Decoder(schema.GenerateRequest)
_OPTIONS = msgspec.json.Decoder(schema.OptionMembers)
_TOOL = msgspec.json.Decoder(schema.Tool)
_KNOWN = frozenset((*schema.ChatRequest.__struct_fields__, *schema.GenerateRequest.__struct_fields__))
_KNOWN_OPTIONS = frozenset(schema.Options.__struct_fields__)
_ONLY_GENERATE = frozenset({"context", "raw", "suffix", "template"})
_NOTHING = frozenset({b"null", b'""', b"[]", b"{}", b"false"})
# How a model is run, not what it says.
_RUNNING = "low_vram main_gpu num_batch num_ctx num_gpu num_keep num_thread numa use_mlock use_mmap"
_HINTS = frozenset({"keep_alive", *(f"options.{name}" for name in _RUNNING.split())})


def chat_of(asked: Asked) -> Request:
    """Return what a body of `/api/chat` asks.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    body, members = read_body(_CHAT, asked.body)
    conversation = Conversation()
    for number, message in enumerate(body.messages or ()):
        conversation.hear(message, f"messages[{number}]")
    tools = tuple(_tool(raw, f"tools[{number}]") for number, raw in enumerate(body.tools or ()))
    return _request(asked, body, members, tuple(conversation.messages), tools)


def generate_of(asked: Asked) -> Request:
    """Return what a body of `/api/generate` asks: a conversation of one turn.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    body, members = read_body(_GENERATE, asked.body)
    messages: list[Message] = []
    if body.system:
        messages.append(Message(Role.SYSTEM, (Text(body.system),)))
    text = (Text(body.prompt),) if body.prompt else ()
    images = pictures(body.images)
    if text or images:
        messages.append(Message(Role.USER, (*text, *images)))
    alone = {
        f"generate.{name}": members.pop(name)
        for name in sorted(_ONLY_GENERATE & members.keys())
        if bytes(members[name]) not in _NOTHING
    }
    others = {name: value for name, value in members.items() if name not in _ONLY_GENERATE}
    return _request(asked, body, others | alone, tuple(messages), ())


def _request(
    asked: Asked,
    body: schema.Common,
    members: dict[str, msgspec.Raw],
    messages: tuple[Message, ...],
    tools: tuple[AnyTool, ...],
) -> Request:
    options = body.options or schema.Options()
    limit = options.num_predict
    stop = options.stop
    others = {name: value for name, value in members.items() if name not in _KNOWN}
    given = read_part(_OPTIONS, asked_options(members), "").options or {}
    others |= {f"options.{name}": value for name, value in given.items() if name not in _KNOWN_OPTIONS}
    if limit is not None and limit < 1:
        if limit != -1:  # -1 is the default, no limit
            others["options.num_predict"] = given["num_predict"]
        limit = None
    is_stream = body.stream is not False  # Ollama streams unless told otherwise
    return Request(
        FORM,
        asked.model or body.model,
        messages,
        tools,
        max_output_tokens=limit,
        sampling=Sampling(
            options.temperature,
            options.top_p,
            options.top_k,
            options.min_p,
            options.presence_penalty,
            options.frequency_penalty,
            options.seed,
            (stop,) if isinstance(stop, str) else tuple(stop or ()),
            has_logprobs=body.logprobs,
            top_logprobs=body.top_logprobs,
        ),
        format=_format(body.format),
        reasoning=_reasoning(body.think),
        is_stream=is_stream if asked.is_stream is None else asked.is_stream,
        has_stream_usage=True,
        extensions=tuple(
            Extension(name, msgspec.Raw(bytes(value)), name in _HINTS)
            for name, value in others.items()
            if bytes(value) != b"null"
        ),
    )


def asked_options(members: dict[str, msgspec.Raw]) -> bytes:
    """Return an object that holds the options alone."""
    return b'{"options":%b}' % bytes(members.get("options", b"null"))


def _tool(raw: msgspec.Raw, path: str) -> AnyTool:
    tool = read_part(_TOOL, raw, path)
    if tool.type not in ("", "function"):
        return ForeignTool(FORM, tool.type, msgspec.Raw(bytes(raw)))
    function = tool.function
    if function is None:
        raise wrong(f"{path}.function", "a tool of type function needs one; say what it is called")
    parameters = bytes(function.parameters)
    return Tool(function.name, function.description, None if parameters == b"null" else msgspec.Raw(parameters))


def _format(wanted: msgspec.Raw) -> OutputFormat | None:
    text = bytes(wanted)
    if text in (b"null", b'""'):
        return None
    if text == b'"json"':
        return OutputFormat(FormatKind.JSON)
    if not text.startswith(b"{"):
        raise wrong("format", 'expected "json" or a JSON schema')
    return OutputFormat(FormatKind.SCHEMA, msgspec.Raw(text))


def _reasoning(think: bool | str | None) -> Reasoning | None:  # noqa: FBT001 - the member's value
    if isinstance(think, str):
        return Reasoning(effort=think) if think else None
    return None if think is None else Reasoning(is_on=think)
