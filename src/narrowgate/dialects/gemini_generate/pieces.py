"""The pieces of a Gemini answer: parts, finish reasons, usage.

Source: https://ai.google.dev/api/generate-content#GenerateContentResponse (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import (
    Audio,
    Document,
    Foreign,
    Form,
    Image,
    Refusal,
    Text,
    Thought,
    ToolCall,
    Video,
)
from narrowgate.model.conversation import Part as AnyPart
from narrowgate.model.reply import Finish
from narrowgate.model.usage import Usage
from narrowgate.schemas.gemini_generate import Blob, FileData, FunctionCall, ModalityCount, Part, UsageMetadata
from narrowgate.schemas.gemini_words import signature_of, thought_signature_of
from narrowgate.wire.json_body import as_object

_FORM = Form.GEMINI_GENERATE
_FINISHES = {
    Finish.STOP: "STOP",
    Finish.STOP_SEQUENCE: "STOP",
    Finish.TOOL_CALLS: "STOP",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.CONTENT_FILTER: "SAFETY",
    Finish.REFUSAL: "SAFETY",
    Finish.PAUSE: "OTHER",
    Finish.OTHER: "OTHER",
}


def part_of(part: AnyPart) -> Part | Raw | None:
    """Return a whole part as Gemini writes it, None for one it has no place for."""
    match part:
        case Text() | Refusal():
            return Part(text=part.text) if part.text else None
        case Thought():
            return thought_piece(part.text, part)
        case ToolCall():
            call = FunctionCall(part.id, part.name, Raw(as_object(part.arguments)))
            return Part(function_call=call, thought_signature=signature_of(part.seal) if part.seal else None)
        case Image() | Audio() | Video() | Document():
            return _medium(part)
        case Foreign():
            return part.raw if part.form is _FORM else None
        case _:
            return None


def thought_piece(text: str, thought: Thought) -> Part | None:
    """Return `text` of `thought` with its signature; Gemini's own without words stand on no thought."""
    signature = thought_signature_of(thought)
    if not text and signature is None:
        return None
    is_bare = not text and thought.seal is not None and thought.seal.form is _FORM
    return Part(text=text, thought=None if is_bare else True, thought_signature=signature)


def finish_of(finish: Finish | None, word: str | None, form: Form) -> str:
    """Return the finish reason in Gemini's words, its own where it has said one."""
    if form is _FORM and word is not None:
        return word
    return _FINISHES[finish] if finish is not None else "STOP"


def usage_metadata(usage: Usage) -> UsageMetadata:
    """Return `usage` as Google counts: cached tokens in the prompt's, thoughts beside."""
    given, made = usage.input_total, usage.output_total - usage.reasoning
    text = given - usage.input_audio - usage.input_image
    spoken = made - usage.output_audio - usage.output_image
    return UsageMetadata(
        prompt_token_count=given,
        candidates_token_count=made,
        total_token_count=given + usage.output_total,
        cached_content_token_count=usage.cache_read or None,
        thoughts_token_count=usage.reasoning or None,
        prompt_tokens_details=_details(text, usage.input_audio, usage.input_image),
        candidates_tokens_details=_details(spoken, usage.output_audio, usage.output_image),
    )


def _details(text: int, audio: int, image: int) -> list[ModalityCount] | None:
    counted = (("TEXT", text), ("AUDIO", audio), ("IMAGE", image))
    return [ModalityCount(word, count) for word, count in counted if count] or None


def _medium(part: Image | Audio | Video | Document) -> Part | None:
    source = part.source
    if source is not None and source.data is not None:
        return Part(inline_data=Blob(source.media_type or "image/png", source.data))
    if source is not None and source.url is not None:
        return Part(file_data=FileData(source.media_type, source.url))
    return Part(text=part.text) if isinstance(part, Document) and part.text else None


def encoded(parts: list[Part | Raw]) -> list[Raw]:
    """Return `parts` as JSON."""
    return [part if isinstance(part, Raw) else Raw(msgspec.json.encode(part)) for part in parts]
