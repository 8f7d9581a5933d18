"""Write Ollama's whole answers, and what they have in common with its streams.

Source: https://docs.ollama.com/api/chat (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import Form, Refusal, Request, Text, Thought, ToolCall
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.seals import seal_text, sealed_id
from narrowgate.model.usage import Usage
from narrowgate.schemas import ollama_chat as schema
from narrowgate.wire.instant import rfc3339
from narrowgate.wire.json_body import as_object, in_object

FORM = Form.OLLAMA_CHAT
_ENCODER = msgspec.json.Encoder()


class _Logprobs(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(b"null")


_LOGPROBS = msgspec.json.Decoder(_Logprobs)


def body_of(reply: Reply, request: Request, text_field: str = "message") -> bytes:
    """Return the body of a whole answer: its first choice, for Ollama has no more.

    `text_field` is "response" for `/api/generate`, the text of which stands alone.
    """
    choice = reply.choices[0]
    message = _message(choice)
    body = head_of(reply.model or request.model, reply.created_s) | content_of(message, text_field)
    body |= tail_of(choice.finish, choice.finish_word if reply.form is FORM else None, reply.usage)
    if choice.logprobs is not None:
        body["logprobs"] = logprobs_of(choice.logprobs)
    if reply.form is FORM:
        for name, value in reply.extras:
            body.setdefault(name, value)
    return _ENCODER.encode(body)


def fault_of(fault: Fault) -> bytes:
    """Return the body of an error answer."""
    return _ENCODER.encode({"error": fault.message})


def head_of(model: str, created_s: int) -> dict[str, object]:
    """Return how each line begins."""
    return {"model": model, "created_at": rfc3339(created_s)}


def content_of(message: schema.Message, text_field: str) -> dict[str, object]:
    """Return what a line says."""
    if text_field == "message":
        return {"message": message}
    said: dict[str, object] = {text_field: message.content or ""}
    return said | {"thinking": message.thinking} if message.thinking else said


def tail_of(finish: Finish | None, own_word: str | None, usage: Usage | None) -> dict[str, object]:
    """Return how the last line ends. Durations are not told: Ollama itself leaves out those of nought."""
    tail: dict[str, object] = {
        "done": True,
        "done_reason": own_word or ("length" if finish is Finish.LENGTH else "stop"),
    }
    if usage is not None:
        tail |= {"prompt_eval_count": usage.input_total, "eval_count": usage.output_total}
    return tail


def call_of(call: ToolCall, index: int) -> schema.ToolCall:
    """Return a call, its arguments as an object."""
    text = call.arguments
    arguments = msgspec.Raw(in_object(text) if call.is_custom else as_object(text))
    return schema.ToolCall(schema.Function(call.name, arguments, index), sealed_id(call))


def signature_of(thought: Thought) -> str | None:
    """Return a thought's seal, which comes back with the message if the client keeps it whole."""
    return seal_text(thought.seal, FORM) if thought.seal is not None else None


def logprobs_of(raw: msgspec.Raw) -> msgspec.Raw:
    """Return the list of OpenAI Chat's `logprobs` object: Ollama has the same items."""
    try:
        return msgspec.Raw(bytes(_LOGPROBS.decode(raw).content))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return msgspec.Raw(b"null")


def _message(choice: Choice) -> schema.Message:
    texts: list[str] = []
    thoughts: list[str] = []
    calls: list[schema.ToolCall] = []
    signature: str | None = None
    for part in choice.parts:
        match part:
            case Text() | Refusal():
                texts.append(part.text)
            case Thought():
                thoughts.append(part.text)
                signature = signature_of(part) or signature
            case ToolCall():
                calls.append(call_of(part, len(calls)))
            case _:
                pass  # Ollama's answers have no place for it
    return schema.Message(
        "assistant",
        "".join(texts),
        "".join(thoughts) or None,
        tool_calls=calls or None,
        signature=signature,
    )
