"""Write earlier reasoning back, in whichever member a provider takes it."""

import msgspec

from narrowgate.model.conversation import Form, Thought
from narrowgate.providers.openai_chat.losses import Losses
from narrowgate.schemas import openai_chat as wire
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError

_DETAIL = msgspec.json.Decoder(wire.ReasoningDetail)
_CLAUDE = "anthropic-claude-v1"  # OpenRouter's name for the format of Anthropic's signatures


def write_thoughts(
    thoughts: list[tuple[str, Thought]], message: wire.Message, field: str, losses: Losses
) -> list[msgspec.Raw]:
    """Put `thoughts`, each with its neutral path, into `message`; return those that are parts of its content."""
    texts: list[str] = []
    details: list[wire.ReasoningDetail] = []
    blocks: list[wire.ThinkingBlock] = []
    for what, thought in thoughts:
        match field:
            case "reasoning_details":
                found = _detail(thought)
                details += [found] if found is not None else []
                is_told = found is not None
            case "thinking_blocks":
                block = _block(thought)
                blocks += [block] if block is not None else []
                is_told = block is not None
            case _:
                is_told = bool(field and thought.text)
                if is_told:
                    texts.append(thought.text)
        if not is_told:
            losses.note(what, "this provider takes no such reasoning back", is_hint=True)
        elif thought.seal is not None and field not in {"reasoning_details", "thinking_blocks"}:
            losses.note(f"{what}.seal", "this provider takes reasoning back without a seal", is_hint=True)
    message.reasoning_details = details or None
    message.thinking_blocks = blocks or None
    if not texts:
        return []
    if field == "content":
        pieces = [wire.ContentPart("thinking", thinking=[wire.TextPiece("text", text)]) for text in texts]
        return [msgspec.Raw(msgspec.json.encode(piece)) for piece in pieces]
    if field == "reasoning":
        message.reasoning = "".join(texts)
    else:
        message.reasoning_content = "".join(texts)
    return []


def _detail(thought: Thought) -> wire.ReasoningDetail | None:
    """Return a thought as OpenRouter gave it, None when it is another provider's secret."""
    seal = thought.seal
    if seal is not None and seal.form is Form.OPENAI_CHAT:
        try:
            detail = read(_DETAIL, seal.data.encode())
        except (WireError, UnicodeEncodeError):
            detail = wire.ReasoningDetail("reasoning.text", signature=seal.data)
        if detail.type == "reasoning.summary":
            detail.summary = thought.text
        elif thought.text:
            detail.text = thought.text
        return detail
    if seal is not None and seal.form is Form.ANTHROPIC_MESSAGES and not thought.is_redacted:
        return wire.ReasoningDetail("reasoning.text", text=thought.text, signature=seal.data, format=_CLAUDE)
    if not thought.text:
        return None
    if thought.is_summary:
        return wire.ReasoningDetail("reasoning.summary", summary=thought.text)
    return wire.ReasoningDetail("reasoning.text", text=thought.text)


def _block(thought: Thought) -> wire.ThinkingBlock | None:
    seal = thought.seal
    data = seal.data if seal is not None and seal.form is Form.ANTHROPIC_MESSAGES else None
    if thought.is_redacted:
        return wire.ThinkingBlock("redacted_thinking", data=data) if data else None
    return wire.ThinkingBlock("thinking", thought.text, data) if thought.text or data else None
