"""Read a request of Bedrock's Converse API. The model's name and whether to stream are in the path.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11).
"""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from narrowgate.dialects.bedrock_converse.content import messages_of, within
from narrowgate.dialects.bedrock_converse.fields import OwnFields, fields_of
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import (
    AnyTool,
    Extension,
    ForeignTool,
    FormatKind,
    Hints,
    OutputFormat,
    Reasoning,
    Request,
    Sampling,
    Tool,
    ToolChoice,
    ToolMode,
)
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.schemas.bedrock_blocks import OWN, kind_of, mark_of, owned, said
from narrowgate.schemas.bedrock_converse import (
    ConverseRequest,
    InferenceConfig,
    OutputConfig,
    ToolChoiceObject,
    ToolConfig,
    ToolEntry,
    ToolSpec,
)
from narrowgate.schemas.reading import read
from narrowgate.wire.errors import WireError
from narrowgate.wire.escapes import mended

_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_REQUEST = msgspec.json.Decoder(ConverseRequest)
_TOOL = msgspec.json.Decoder(ToolEntry)
_SCHEMA = msgspec.json.Decoder(dict[str, Raw])
_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(ConverseRequest))
# What may be left out elsewhere without another answer.
_HARMLESS = frozenset({"performanceConfig", "additionalModelResponseFieldPaths"})


def parse(asked: Asked) -> Request:
    """Return what `asked` asks for.

    Raises:
        Failed: BAD_REQUEST with the path of what is wrong in `param`.
    """
    try:
        return _parse(asked)
    except WireError as error:
        raise Failed(Fault(FaultKind.BAD_REQUEST, str(error), error.path)) from None


def _parse(asked: Asked) -> Request:
    body = _readable(asked.body)
    members = read(_MEMBERS, body)
    wire = read(_REQUEST, body)
    if not asked.model:
        raise WireError("modelId: missing; name the model in the path", "modelId")
    limits = wire.inference_config or InferenceConfig()
    config = wire.tool_config or ToolConfig()
    more = fields_of(said(wire.additional_model_request_fields))
    return Request(
        OWN,
        asked.model,
        messages_of(wire),
        _tools(config.tools or ()),
        _tool_choice(config.tool_choice) if config.tool_choice is not None else None,
        more.is_parallel,
        limits.max_tokens,
        Sampling(limits.temperature, limits.top_p, more.top_k, stop=limits.stop_sequences or ()),
        _format(wire.output_config) if wire.output_config is not None else None,
        _reasoning(more, wire.output_config),
        is_stream=bool(asked.is_stream),
        has_stream_usage=True,
        hints=_hints(wire),
        extensions=_extensions(members, more),
    )


def _readable(body: bytes) -> bytes:
    """Return `body` with half surrogate pairs mended: clients cut emojis in two.

    Raises:
        WireError: it is not UTF-8, which skipped strings would hide.
    """
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise WireError(f"the body is not UTF-8 at byte {error.start}; send JSON in UTF-8") from None
    return mended(body) or body


def _tools(entries: tuple[Raw, ...]) -> tuple[AnyTool, ...]:
    tools: list[AnyTool] = []
    for number, raw in enumerate(entries):
        path = f"toolConfig.tools[{number}]"
        entry = within(_TOOL, raw, path)
        last = tools[-1] if tools else None
        if entry.tool_spec is not None:
            tools.append(_tool(entry.tool_spec))
        elif entry.cache_point is not None and isinstance(last, Tool) and last.cache is None:
            tools[-1] = msgspec.structs.replace(last, cache=mark_of(entry.cache_point))
        else:
            tools.append(ForeignTool(OWN, kind_of(raw), owned(raw)))
    return tuple(tools)


def _tool(spec: ToolSpec) -> Tool:
    schema = said(spec.input_schema.json) if spec.input_schema is not None else None
    return Tool(spec.name, spec.description, owned(schema) if schema is not None else None, spec.strict)


def _tool_choice(choice: ToolChoiceObject) -> ToolChoice | None:
    if choice.tool is not None:
        return ToolChoice(ToolMode.NAMED, (choice.tool.name,))
    if said(choice.any) is not None:
        return ToolChoice(ToolMode.REQUIRED)
    return ToolChoice(ToolMode.AUTO) if said(choice.auto) is not None else None


def _format(config: OutputConfig) -> OutputFormat | None:
    wanted, path = config.text_format, "outputConfig.textFormat"
    if wanted is None:
        return None
    if wanted.type != "json_schema":
        raise WireError(f"{path}.type: '{(wanted.type or '')[:40]}' is not json_schema", f"{path}.type")
    told = wanted.structure.json_schema if wanted.structure is not None else None
    path = f"{path}.structure.jsonSchema"
    if told is None:
        raise WireError(f"{path}: missing", path)
    schema = Raw(told.schema.encode("utf-8", "replace"))
    try:
        read(_SCHEMA, schema)
    except WireError:
        raise WireError(f"{path}.schema: this text is not JSON of an object", f"{path}.schema") from None
    return OutputFormat(FormatKind.SCHEMA, schema, told.name, told.description)


def _reasoning(more: OwnFields, config: OutputConfig | None) -> Reasoning | None:
    effort = config.effort if config is not None else None
    if effort is None:
        return more.reasoning
    return msgspec.structs.replace(more.reasoning or Reasoning(), effort=effort)


def _hints(wire: ConverseRequest) -> Hints:
    metadata = said(wire.request_metadata)
    tier = wire.service_tier.type if wire.service_tier is not None else None
    return Hints(metadata=owned(metadata) if metadata is not None else None, service_tier=tier)


def _extensions(members: Mapping[str, Raw], more: OwnFields) -> tuple[Extension, ...]:
    extensions = [
        Extension(name, owned(value), name in _HARMLESS)
        for name, value in members.items()
        if name not in _KNOWN and bytes(value) != b"null"
    ]
    if more.rest is not None:
        extensions.append(Extension("additionalModelRequestFields", more.rest, more.is_rest_harmless))
    return tuple(extensions)
