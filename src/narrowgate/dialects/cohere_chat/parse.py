"""Read what a client of Cohere's chat asks.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11).
"""

import msgspec

from narrowgate.dialects.asking import read_body, read_part, wrong
from narrowgate.dialects.cohere_chat.turns import document_of, message_of
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    AnyTool,
    Document,
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
    Tool,
    ToolChoice,
    ToolMode,
    ToolResult,
)
from narrowgate.schemas import cohere_chat as schema

FORM = Form.COHERE_CHAT
_REQUEST = msgspec.json.Decoder(schema.Request)
_TOOL = msgspec.json.Decoder(schema.Tool)
_KNOWN = frozenset(schema.Request.__struct_fields__)
_CHOICES = {"REQUIRED": ToolMode.REQUIRED, "NONE": ToolMode.NONE}
_NULL = b"null"
_HINTS = frozenset({"citation_options", "priority"})  # how citations are made, and when it is this call's turn


def request_of(asked: Asked) -> Request:
    """Return what is asked.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong.
    """
    body, members = read_body(_REQUEST, asked.body)
    messages = [message_of(message, f"messages[{number}]") for number, message in enumerate(body.messages)]
    return Request(
        FORM,
        asked.model or body.model,
        _with_documents(messages, body.documents or []),
        tuple(_tool(raw, f"tools[{number}]", body.strict_tools) for number, raw in enumerate(body.tools or ())),
        _choice(body.tool_choice),
        max_output_tokens=body.max_tokens,
        sampling=Sampling(
            body.temperature,
            body.p,
            body.k,
            None,
            body.presence_penalty,
            body.frequency_penalty,
            body.seed,
            tuple(body.stop_sequences or ()),
            has_logprobs=body.logprobs,
        ),
        format=_format(body.response_format),
        reasoning=_reasoning(body.thinking),
        is_stream=bool(body.stream) if asked.is_stream is None else asked.is_stream,
        has_stream_usage=True,
        extensions=tuple(
            Extension(name, msgspec.Raw(bytes(value)), name in _HINTS)
            for name, value in members.items()
            if name not in _KNOWN and bytes(value) != _NULL
        ),
    )


def _tool(raw: msgspec.Raw, path: str, is_strict: bool | None) -> AnyTool:  # noqa: FBT001 - a value, not a switch
    tool = read_part(_TOOL, raw, path)
    if tool.type not in ("", "function"):
        return ForeignTool(FORM, tool.type, msgspec.Raw(bytes(raw)))
    function = tool.function
    if function is None:
        raise wrong(f"{path}.function", "a tool of type function needs one; say what it is called")
    parameters = function.parameters
    return Tool(
        function.name,
        function.description,
        None if bytes(parameters) == _NULL else msgspec.Raw(bytes(parameters)),
        is_strict,
    )


def _choice(word: str | None) -> ToolChoice | None:
    if word is None:
        return None
    mode = _CHOICES.get(word.upper())
    if mode is None:
        raise wrong("tool_choice", "expected REQUIRED or NONE; leave it out to let the model choose")
    return ToolChoice(mode)


def _format(wanted: schema.ResponseFormat | None) -> OutputFormat | None:
    if wanted is None:
        return None
    if wanted.type == "text":
        return OutputFormat(FormatKind.TEXT)
    if wanted.type != "json_object":
        raise wrong("response_format.type", "expected text or json_object")
    schemas = [text for text in (wanted.json_schema, wanted.schema) if bytes(text) != _NULL]
    if not schemas:
        return OutputFormat(FormatKind.JSON)
    return OutputFormat(FormatKind.SCHEMA, msgspec.Raw(bytes(schemas[0])))


def _reasoning(thinking: schema.Thinking | None) -> Reasoning | None:
    if thinking is None:
        return None
    if thinking.type not in ("enabled", "disabled"):
        raise wrong("thinking.type", "expected enabled or disabled")
    is_on = thinking.type == "enabled"
    return Reasoning(budget_tokens=thinking.token_budget if is_on else None, is_on=is_on)


def _with_documents(messages: list[Message], entries: list[str | schema.Document]) -> tuple[Message, ...]:
    """Put the request's documents in front of the user's last words, where other forms have theirs."""
    if not entries:
        return tuple(messages)
    documents: tuple[Document, ...] = tuple(
        Document(text=entry) if isinstance(entry, str) else document_of(entry, f"documents[{number}]")
        for number, entry in enumerate(entries)
    )
    at = next((n for n in reversed(range(len(messages))) if _is_spoken_by_user(messages[n])), None)
    if at is None:
        return (*messages, Message(Role.USER, documents))
    last = messages[at]
    return (*messages[:at], msgspec.structs.replace(last, parts=(*documents, *last.parts)), *messages[at + 1 :])


def _is_spoken_by_user(message: Message) -> bool:
    return message.role is Role.USER and not any(isinstance(part, ToolResult) for part in message.parts)
