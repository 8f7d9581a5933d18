"""Finish reasons in the words of OpenAI and its imitators."""

from narrowgate.model.reply import Finish

_WORDS = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,  # Together
    "eos_token": Finish.STOP,  # Hugging Face
    "end_turn": Finish.STOP,
    "complete": Finish.STOP,
    "completed": Finish.STOP,
    "finish": Finish.STOP,
    "end": Finish.STOP,
    "stop_sequence": Finish.STOP_SEQUENCE,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "max_output_tokens": Finish.LENGTH,
    "max_new_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,  # Mistral
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "tool_call": Finish.TOOL_CALLS,
    "tool_use": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
    "safety": Finish.CONTENT_FILTER,
    "recitation": Finish.CONTENT_FILTER,
    "prohibited_content": Finish.CONTENT_FILTER,
    "sensitive": Finish.CONTENT_FILTER,  # Z.ai
    "guardrail_intervened": Finish.CONTENT_FILTER,
    "refusal": Finish.REFUSAL,
    "pause_turn": Finish.PAUSE,
}
_OWN = frozenset({"length", "tool_calls", "content_filter"})


def finish_of(word: str | None, *, has_calls: bool) -> tuple[Finish | None, str | None]:
    """Return what `word` means, and the word itself where the meaning does not give it back.

    After a forced call OpenAI says "stop", some imitators after every call: a client that is to
    run the tools must be told so.
    """
    if not word:
        return (Finish.TOOL_CALLS if has_calls else None), None
    finish = _WORDS.get(word.lower(), Finish.OTHER)
    if has_calls and finish in {Finish.STOP, Finish.STOP_SEQUENCE}:
        return Finish.TOOL_CALLS, word
    return finish, None if word in _OWN or word == "stop" else word
