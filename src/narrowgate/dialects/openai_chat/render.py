"""Write a whole answer as a chat completion."""

import msgspec

from narrowgate.dialects.openai_chat.pieces import (
    annotation_of,
    call_of,
    finish_word,
    image_of,
    is_legacy,
    put_thought,
    usage_of,
)
from narrowgate.model.conversation import Foreign, Form, Image, Refusal, Request, Text, Thought, ToolCall
from narrowgate.model.reply import Choice, Reply
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas import openai_chat_answer as answers

_ENCODER = msgspec.json.Encoder()


def render_reply(reply: Reply, request: Request) -> bytes:
    """Return the body of a whole answer to `request`."""
    is_own, legacy = reply.form is Form.OPENAI_CHAT, is_legacy(request)
    completion = answers.Completion(
        reply.id or "chatcmpl-0",
        "chat.completion",
        reply.created_s,
        reply.model or request.model,
        [_choice(index, choice, is_own=is_own, legacy=legacy) for index, choice in enumerate(reply.choices)],
    )
    if reply.usage is not None:
        completion.usage = usage_of(reply.usage)
    if reply.service_tier is not None:
        completion.service_tier = reply.service_tier
    body = _ENCODER.encode(completion)
    if not (is_own and reply.extras):
        return body
    extras = (b"," + _ENCODER.encode(name) + b":" + bytes(raw) for name, raw in reply.extras)
    return body[:-1] + b"".join(extras) + b"}"


def _choice(index: int, choice: Choice, *, is_own: bool, legacy: bool) -> answers.WholeChoice:
    message = wire.Message("assistant", None, None)
    texts: list[str] = []
    thoughts: list[Thought] = []
    calls: list[wire.ToolCall] = []
    annotations: list[msgspec.Raw] = []
    for part in choice.parts:
        match part:
            case Text():
                texts.append(part.text)
                annotations += [annotation_of(citation) for citation in part.citations]
            case Thought():
                thoughts.append(part)
                put_thought(message, part)
            case ToolCall():
                calls.append(call_of(part))
            case Refusal():
                message.refusal = (message.refusal if isinstance(message.refusal, str) else "") + part.text
            case Image():
                message.images = [*(message.images or ()), image_of(part)]
            case Foreign(Form.OPENAI_CHAT, "audio"):
                message.audio = part.raw
            case _:
                pass  # nothing else has a place in an answer of this form
    message.content = (
        "".join(texts) if texts else None if calls or message.refusal or message.audio is not msgspec.UNSET else ""
    )
    message.reasoning_content = _joined(thoughts) or None
    message.annotations = annotations or None
    if legacy and calls:
        message.function_call = calls[0].function
    else:
        message.tool_calls = calls or None
    word = choice.finish_word if is_own else None
    finish = finish_word(choice.finish, word, has_calls=bool(calls), is_legacy=legacy)
    return answers.WholeChoice(index, message, choice.logprobs, finish)


def _joined(thoughts: list[Thought]) -> str:
    """Join reasoning; summaries are paragraphs of their own."""
    text = ""
    for thought in thoughts:
        text += ("\n\n" if text and thought.is_summary and thought.text else "") + thought.text
    return text
