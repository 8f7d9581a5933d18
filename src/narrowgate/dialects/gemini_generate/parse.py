"""What a Gemini client asks.

Source: https://ai.google.dev/api/generate-content (read 2026-11).
"""

import msgspec
from msgspec import Raw, UnsetType

from narrowgate.dialects.asking import read_body, read_part, wrong
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate.contents import ContentReader, instruction_of
from narrowgate.dialects.gemini_generate.generation import generation_of
from narrowgate.dialects.gemini_generate.tools import tools_of
from narrowgate.model.conversation import Extension, Form, Hints, Request, ToolChoice, ToolMode
from narrowgate.schemas.gemini_generate import GenerateRequest, ToolConfig
from narrowgate.schemas.gemini_spelling import spelled
from narrowgate.schemas.gemini_words import given
from narrowgate.wire.errors import WireError

_BODY = msgspec.json.Decoder(GenerateRequest)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_TOOL_CONFIG = msgspec.json.Decoder(ToolConfig)
_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(GenerateRequest))
# How strictly Google filters, and what it charges to whom, changes no answer that is given.
_HARMLESS = frozenset({"safetySettings", "labels"})
_MODES = {"AUTO": ToolMode.AUTO, "VALIDATED": ToolMode.AUTO, "ANY": ToolMode.REQUIRED, "NONE": ToolMode.NONE}
_MODE_NUMBERS = ("MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED")


def parse_request(asked: Asked) -> Request:
    """Return what is asked.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong in `param`.
    """
    try:
        return _request(asked, *read_body(_BODY, spelled(asked.body)))
    except WireError as error:
        raise wrong(error.path or "", str(error)) from None
    except RecursionError:
        raise wrong("", "the body is nested too deep; send flatter JSON") from None


def _request(asked: Asked, sent: GenerateRequest, members: dict[str, Raw]) -> Request:
    contents = ContentReader().messages(sent.contents)
    if not contents:
        raise wrong("contents", "there is none; send at least one turn")
    instruction = instruction_of(sent.system_instruction)
    generation = generation_of(sent.generation_config)
    choice, beside = _tool_choice(sent.tool_config)
    unknown = [
        Extension(name, value, name in _HARMLESS)
        for name, value in members.items()
        if name not in _KNOWN and given(value) is not None and name != "stream"
    ]
    return Request(
        Form.GEMINI_GENERATE,
        (asked.model if asked.model is not None else sent.model or "").removeprefix("models/"),
        (instruction, *contents) if instruction is not None else contents,
        tools=tools_of(sent.tools),
        tool_choice=choice,
        max_output_tokens=generation.max_output_tokens,
        sampling=generation.sampling,
        format=generation.format,
        reasoning=generation.reasoning,
        choices=generation.choices,
        is_stream=bool(asked.is_stream),
        has_stream_usage=True,
        hints=Hints(service_tier=sent.service_tier),
        extensions=(*unknown, *beside, *generation.extensions),
    )


def _tool_choice(member: Raw | UnsetType) -> tuple[ToolChoice | None, list[Extension]]:
    raw = given(member)
    if raw is None:
        return None, []
    calling = read_part(_TOOL_CONFIG, raw, "toolConfig").function_calling_config
    beside = [
        Extension(f"toolConfig.{name}", value)
        for name, value in read_part(_MEMBERS, raw, "toolConfig").items()
        if name != "functionCallingConfig" and given(value) is not None
    ]
    if calling is None or calling.mode is None:
        return None, beside
    word = calling.mode
    if isinstance(word, int):
        word = _MODE_NUMBERS[word] if 0 <= word < len(_MODE_NUMBERS) else str(word)
    if word.upper() == "MODE_UNSPECIFIED":
        return None, beside
    mode = _MODES.get(word.upper())
    if mode is None:
        path = "toolConfig.functionCallingConfig.mode"
        raise wrong(path, f"'{word[:40]}' is not one of AUTO, ANY, NONE, VALIDATED")
    names = tuple(calling.allowed_function_names or ())
    if mode is ToolMode.REQUIRED and len(names) == 1:
        mode = ToolMode.NAMED
    return ToolChoice(mode, () if mode is ToolMode.NONE else names), beside
