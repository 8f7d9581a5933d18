"""A request as Gemini wants it.

Source: https://ai.google.dev/api/generate-content (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.model.conversation import Form, Inexpressible, Request
from narrowgate.providers.family import Outgoing, Quirks
from narrowgate.providers.gemini_generate.contents import ContentWriter
from narrowgate.providers.gemini_generate.thinking import is_newer, thinking_config
from narrowgate.providers.gemini_generate.tools import calling_of, format_of, tools_of

_FORM = Form.GEMINI_GENERATE
_HINTS = ("user", "metadata", "cache_key", "is_stored", "verbosity")
_TIERS = frozenset({"flex", "priority"})
_USUAL_TIERS = frozenset({"auto", "default", "standard"})
_CONFIG = "generationConfig."
_TOOL_CONFIG = "toolConfig."


def outgoing(request: Request, model: str, quirks: Quirks) -> Outgoing:
    """Return `request` for `model`, and what of it has no place."""
    writer = ContentWriter(request, is_newer=is_newer(model))
    contents, instruction = writer.write()
    losses = writer.losses
    body: dict[str, object] = {"contents": contents}
    if instruction is not None:
        body["systemInstruction"] = instruction
    tools = tools_of(request, losses)
    if tools:
        body["tools"] = tools
    tool_config: dict[str, object] = {}
    calling = calling_of(request, losses)
    if calling is not None:
        tool_config["functionCallingConfig"] = calling
    config = _config(request, model, quirks, losses)
    tier = request.hints.service_tier
    if tier in _TIERS or (tier is not None and request.form is _FORM):
        body["serviceTier"] = tier
    elif tier is not None and tier not in _USUAL_TIERS:
        losses.append(Inexpressible("hints.service_tier", f"Gemini has no tier '{tier}'", is_hint=True))
    _extend(request, body, config, tool_config, losses)
    if tool_config:
        body["toolConfig"] = tool_config
    if config:
        body["generationConfig"] = config
    _complain(request, losses)
    return Outgoing(msgspec.json.encode(body), inexpressible=tuple(losses))


def _config(request: Request, model: str, quirks: Quirks, losses: list[Inexpressible]) -> dict[str, object]:
    asked = request.sampling
    wanted: tuple[tuple[str, str, object], ...] = (
        ("max_output_tokens", "maxOutputTokens", request.max_output_tokens),
        ("sampling.temperature", "temperature", asked.temperature),
        ("sampling.top_p", "topP", asked.top_p),
        ("sampling.top_k", "topK", asked.top_k),
        ("choices", "candidateCount", request.choices if request.choices != 1 else None),
        ("sampling.stop", "stopSequences", list(asked.stop) or None),
        ("sampling.seed", "seed", asked.seed),
        ("sampling.presence_penalty", "presencePenalty", asked.presence_penalty),
        ("sampling.frequency_penalty", "frequencyPenalty", asked.frequency_penalty),
        ("sampling.has_logprobs", "responseLogprobs", asked.has_logprobs),
        ("sampling.top_logprobs", "logprobs", asked.top_logprobs),
    )
    config: dict[str, object] = {}
    for what, name, value in wanted:
        if value is None:
            continue
        if what in quirks.unknown:
            losses.append(Inexpressible(what, "this provider refuses it"))
        else:
            config[name] = value
    if request.format is not None:
        config |= format_of(request.format, losses)
    thinking, unthinkable = thinking_config(request, model)
    losses += unthinkable
    if thinking is not None and msgspec.structs.asdict(thinking) != _NO_THINKING:
        config["thinkingConfig"] = thinking
    return config


def _extend(
    request: Request,
    body: dict[str, object],
    config: dict[str, object],
    tool_config: dict[str, object],
    losses: list[Inexpressible],
) -> None:
    """Put the members only Gemini knows where they were."""
    for extension in request.extensions:
        name, value = extension.name, Raw(bytes(extension.value))
        if request.form is not _FORM:
            losses.append(
                Inexpressible(f"extensions.{name}", f"only {request.form.value} has it", is_hint=extension.is_hint)
            )
        elif name.startswith(_CONFIG):
            config[name.removeprefix(_CONFIG)] = value
        elif name.startswith(_TOOL_CONFIG):
            tool_config[name.removeprefix(_TOOL_CONFIG)] = value
        else:
            body[name] = value


def _complain(request: Request, losses: list[Inexpressible]) -> None:
    asked = request.sampling
    if asked.min_p is not None:
        losses.append(Inexpressible("sampling.min_p", "Gemini has no such limit"))
    if asked.logit_bias is not None:
        losses.append(Inexpressible("sampling.logit_bias", "Gemini cannot prefer single tokens"))
    if request.previous_response_id is not None:
        losses.append(Inexpressible("previous_response_id", "Gemini keeps no answers; send the whole conversation"))
    hints = request.hints
    given = (hints.user, hints.metadata, hints.cache_key, hints.is_stored, hints.verbosity)
    losses += [
        Inexpressible(f"hints.{name}", "Gemini has no place for it", is_hint=True)
        for name, value in zip(_HINTS, given, strict=True)
        if value is not None
    ]


_NO_THINKING: dict[str, object] = {"include_thoughts": None, "thinking_budget": None, "thinking_level": None}
