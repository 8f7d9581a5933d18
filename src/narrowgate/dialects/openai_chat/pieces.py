"""Write the pieces that whole and streamed answers have in common."""

import msgspec

from narrowgate.model.conversation import Citation, Form, Image, Request, Thought, ToolCall
from narrowgate.model.reply import Finish
from narrowgate.model.seals import seal_text
from narrowgate.model.usage import Usage
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas import openai_chat_answer as answers
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_ENCODER = msgspec.json.Encoder()
_DETAIL = msgspec.json.Decoder(wire.ReasoningDetail)
_WORDS = {
    Finish.STOP: "stop",
    Finish.STOP_SEQUENCE: "stop",
    Finish.LENGTH: "length",
    Finish.TOOL_CALLS: "tool_calls",
    Finish.CONTENT_FILTER: "content_filter",
    Finish.REFUSAL: "content_filter",
    Finish.PAUSE: "stop",
    Finish.OTHER: "stop",
}
_VOCABULARY = frozenset(_WORDS.values())


def is_legacy(request: Request) -> bool:
    """Whether the client asked in the way from before there were tools, and is to be answered so."""
    return any(extension.name == "functions" for extension in request.extensions)


def finish_word(finish: Finish | None, word: str | None, *, has_calls: bool, is_legacy: bool) -> str:
    """Return why the model stopped; `word` is the provider's own if it spoke this form, else None."""
    if finish is None:
        said = "tool_calls" if has_calls else "stop"
    else:
        said = word if word in _VOCABULARY and word is not None else _WORDS[finish]
    return "function_call" if is_legacy and has_calls and said in {"tool_calls", "stop"} else said


def usage_of(usage: Usage) -> answers.Usage:
    """Return usage by OpenAI's convention: parts are inside the totals."""
    given, made = usage.input_total, usage.output_total
    return answers.Usage(
        given,
        made,
        given + made,
        answers.PromptDetails(usage.cache_read, usage.input_audio, usage.cache_write_total, usage.input_image),
        answers.CompletionDetails(usage.reasoning, usage.output_audio, usage.output_image),
    )


def put_thought(message: wire.Message, thought: Thought) -> None:
    """Add to `message` what a client must send back of a sealed thought; its words are shown elsewhere."""
    seal = thought.seal
    if seal is None:
        return
    if seal.form is Form.OPENAI_CHAT:
        try:
            detail = read(_DETAIL, seal.data.encode())
        except (WireError, UnicodeEncodeError):
            detail = wire.ReasoningDetail("reasoning.text", signature=seal.data)
        if thought.text:
            detail.text, detail.summary = (None, thought.text) if thought.is_summary else (thought.text, None)
        message.reasoning_details = [*(message.reasoning_details or ()), detail]
        return
    data = seal_text(seal, Form.ANTHROPIC_MESSAGES)
    if thought.is_redacted:
        block = wire.ThinkingBlock("redacted_thinking", data=data)
    else:
        block = wire.ThinkingBlock("thinking", thought.text, data)
    message.thinking_blocks = [*(message.thinking_blocks or ()), block]


def call_of(call: ToolCall) -> wire.ToolCall:
    """Return a call with the arguments it has until now."""
    written = wire.ToolCall(id=call.id)
    if call.is_custom:
        written.type, written.custom = "custom", wire.CustomCall(call.name, call.arguments)
    else:
        written.type, written.function = "function", function_of(call.name, call.arguments)
    if call.seal is not None:
        written.extra_content = wire.ExtraContent(wire.GoogleExtra(seal_text(call.seal, Form.GEMINI_GENERATE)))
    return written


def function_of(name: str | None, arguments: str) -> wire.Function:
    """Return a function called with `arguments`."""
    return wire.Function(name, msgspec.Raw(_ENCODER.encode(arguments)))


def annotation_of(citation: Citation) -> msgspec.Raw:
    """Return a citation as an annotation; one of another form as the URL citation clients expect."""
    if citation.form is Form.OPENAI_CHAT:
        return citation.raw
    told = answers.UrlCitation(
        citation.url or "",
        citation.title or citation.quote or "",
        citation.start or 0,
        citation.end or 0,
        citation.quote,
    )
    return msgspec.Raw(_ENCODER.encode(answers.Annotation("url_citation", told)))


def image_of(image: Image) -> wire.GivenImage:
    """Return a picture the model made."""
    source = image.source
    url = source.url or f"data:{source.media_type or 'image/png'};base64,{source.data or ''}"
    return wire.GivenImage(wire.Url(url))
