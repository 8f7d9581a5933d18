"""Whether a conversation goes on from a call of a tool without the thoughts that led to it.

Many clients send back what was said and called, but no reasoning. Claude refuses that where it was told to think.
Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking (read 2026-11).
"""

from collections.abc import Collection, Sequence

from narrowgate.model.conversation import Form, Inexpressible, Message, Role, Thought, ToolCall

UNTHOUGHT = Inexpressible(
    "reasoning",
    "Claude wants the thoughts back that led to its last call of a tool, and they are not there",
    is_hint=True,
)


def is_unthought(messages: Sequence[Message], signers: Collection[Form]) -> bool:
    """Whether the last thing the model did was to call a tool, and no thought signed by `signers` is before it."""
    last = next((one for one in reversed(messages) if one.role is Role.ASSISTANT), None)
    if last is None or not any(isinstance(part, ToolCall) for part in last.parts):
        return False
    first = last.parts[0]
    return not (isinstance(first, Thought) and first.seal is not None and first.seal.form in signers)
