"""Write a conversation as the input of a prediction.

Each model has inputs of its own; those written here are what most models of language call theirs.
Sources: https://replicate.com/docs/reference/http#predictions.create,
https://replicate.com/changelog/2025-08-05-run-all-models-with-the-same-api-endpoint (read 2026-11).
"""

import msgspec

from narrowgate.model.conversation import FormatKind, Inexpressible, Message, Refusal, Request, Role, Text, Thought
from narrowgate.providers.family import Outgoing

# How long Replicate waits before it tells of a prediction that goes on; until then nobody could cancel it.
HEADERS = (("prefer", "wait=10"),)
_ENCODER = msgspec.json.Encoder()
_SPEAKERS = {Role.USER: "User", Role.ASSISTANT: "Assistant"}
_INPUT = "input"  # a client's own member for inputs that only its model knows


def outgoing(request: Request, model: str) -> Outgoing:
    """Return `request` for `model`, and what had no place in it.

    A single message is the prompt as it is; of several the prompt is a dialogue that the model is to go on with.
    """
    lost: list[Inexpressible] = []
    system: list[str] = []
    turns: list[tuple[Role, str]] = []
    for number, message in enumerate(request.messages):
        text = _text(message, f"messages[{number}]", lost)
        if message.role is Role.SYSTEM:
            system.append(text)
        else:
            turns.append((message.role, text))
    written: dict[str, object] = {"prompt": _prompt(turns)}
    if system:
        written["system_prompt"] = "\n\n".join(system)
    sampling = request.sampling
    inputs = {
        "max_tokens": request.max_output_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "seed": sampling.seed,
        "stop_sequences": ",".join(sampling.stop) or None,
    }
    written |= {name: value for name, value in inputs.items() if value is not None}
    lost += _losses(request)
    for extension in request.extensions:
        if extension.name == _INPUT and bytes(extension.value).startswith(b"{"):
            written |= msgspec.json.decode(extension.value, type=dict[str, msgspec.Raw])
        elif bytes(extension.value) != b"null":
            name = f"extensions.{extension.name}"
            is_hint = extension.is_hint or extension.name == "stream_options"
            lost.append(Inexpressible(name, "inputs of a model's own go into 'input'", is_hint))
    return Outgoing(_ENCODER.encode({"version": model, "input": written}), HEADERS, tuple(lost))


def _prompt(turns: list[tuple[Role, str]]) -> str:
    if len(turns) == 1 and turns[0][0] is Role.USER:
        return turns[0][1]
    lines = [f"{_SPEAKERS[role]}: {text}" for role, text in turns]
    if not turns or turns[-1][0] is not Role.ASSISTANT:
        lines.append("Assistant:")
    return "\n\n".join(lines)


def _text(message: Message, path: str, lost: list[Inexpressible]) -> str:
    texts: list[str] = []
    for number, part in enumerate(message.parts):
        match part:
            case Text() | Refusal():
                texts.append(part.text)
            case Thought():
                why = "a prompt has no place for reasoning"
                lost.append(Inexpressible(f"{path}.parts[{number}]", why, is_hint=True))
            case _:
                lost.append(Inexpressible(f"{path}.parts[{number}]", "prompts are text"))
    return "\n".join(texts)


def _losses(request: Request) -> list[Inexpressible]:
    sampling, hints = request.sampling, request.hints
    wants_form = request.format is not None and request.format.kind is not FormatKind.TEXT
    found = [Inexpressible(f"tools[{number}]", "predictions call no tools") for number in range(len(request.tools))]
    refused = {
        "sampling.min_p": sampling.min_p,
        "sampling.logit_bias": sampling.logit_bias,
        "sampling.has_logprobs": sampling.has_logprobs or None,
        "sampling.top_logprobs": sampling.top_logprobs,
        "choices": request.choices if request.choices > 1 else None,
        "format": request.format if wants_form else None,
        "previous_response_id": request.previous_response_id,
    }
    found += [Inexpressible(what, "predictions do not know it") for what, value in refused.items() if value is not None]
    dropped = {
        "reasoning": request.reasoning,
        "hints.user": hints.user,
        "hints.metadata": hints.metadata,
        "hints.service_tier": hints.service_tier,
        "hints.cache_key": hints.cache_key,
        "hints.is_stored": hints.is_stored,
        "hints.verbosity": hints.verbosity,
    }
    return found + [
        Inexpressible(what, "predictions do not know it", is_hint=True)
        for what, value in dropped.items()
        if value is not None
    ]
