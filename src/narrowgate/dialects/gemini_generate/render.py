"""Write a whole answer as Gemini does.

Source: https://ai.google.dev/api/generate-content#GenerateContentResponse (read 2026-11).
"""

from typing import TypeGuard

import msgspec
from msgspec import Raw

from narrowgate.dialects.gemini_generate.citations import CitationBook
from narrowgate.dialects.gemini_generate.pieces import encoded, finish_of, part_of, usage_metadata
from narrowgate.model.conversation import Form, Text
from narrowgate.model.reply import Choice, Reply
from narrowgate.schemas.gemini_generate import (
    PROMPT_BLOCKED,
    Candidate,
    Content,
    GenerateAnswer,
    Part,
    PromptFeedback,
)
from narrowgate.schemas.gemini_logprobs import google_logprobs


def render_reply(reply: Reply) -> bytes:
    """Return the body of a whole answer."""
    word = reply.choices[0].finish_word or ""
    is_blocked = reply.form is Form.GEMINI_GENERATE and word.startswith(PROMPT_BLOCKED)
    usage = usage_metadata(reply.usage) if reply.usage is not None else None
    if usage is not None and reply.form is Form.GEMINI_GENERATE:
        usage.service_tier = reply.service_tier
    answer = GenerateAnswer(
        candidates=None if is_blocked else [_candidate(reply, number) for number in range(len(reply.choices))],
        prompt_feedback=PromptFeedback(word.removeprefix(PROMPT_BLOCKED)) if is_blocked else None,
        usage_metadata=usage,
        model_version=reply.model or None,
        response_id=reply.id or None,
    )
    if reply.form is not Form.GEMINI_GENERATE or not reply.extras:
        return msgspec.json.encode(answer)
    members: dict[str, object] = {}
    for field in msgspec.structs.fields(answer):
        value: object = getattr(answer, field.name)
        if value is not None and value is not msgspec.UNSET:
            members[field.encode_name] = value
    return msgspec.json.encode(dict(reply.extras) | members)


def _candidate(reply: Reply, number: int) -> Candidate:
    choice = reply.choices[number]
    book = CitationBook()
    for part in choice.parts:
        if isinstance(part, Text):
            for citation in part.citations:
                book.add(citation, part.text)
    recited, grounding = book.written()
    return Candidate(
        content=Content(encoded(_parts(choice)), "model"),
        finish_reason=finish_of(choice.finish, choice.finish_word, reply.form),
        index=number,
        citation_metadata=recited,
        grounding_metadata=grounding,
        logprobs_result=google_logprobs(choice.logprobs) if choice.logprobs is not None else None,
    )


def _parts(choice: Choice) -> list[Part | Raw]:
    """Return the parts, the signature of a text or medium beside it and not in a part of its own."""
    made: list[Part | Raw] = []
    for part in choice.parts:
        written = part_of(part)
        before = made[-1] if made else None
        if written is None:
            continue
        if _is_bare_signature(written) and isinstance(before, Part) and _may_be_signed(before):
            before.thought_signature = written.thought_signature
            continue
        made.append(written)
    return made


def _may_be_signed(part: Part) -> bool:
    return part.thought is None and part.function_call is None and part.thought_signature is None


def _is_bare_signature(part: Part | Raw) -> TypeGuard[Part]:
    return isinstance(part, Part) and part.text == "" and part.thought is None and part.thought_signature is not None
