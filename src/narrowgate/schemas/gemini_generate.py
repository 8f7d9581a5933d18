"""The JSON of Gemini's generateContent and its kin, as AI Studio and Vertex write it.

Requests also come with snake_case members; `gemini_spelling` turns those into these. A member
that is kept as it came is `Raw`, one that may say null or be missing is None or UNSET.
Source: https://ai.google.dev/api/generate-content,
https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest (read 2026-11).
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

Number: TypeAlias = int | float
RawMember: TypeAlias = Raw | UnsetType
Word: TypeAlias = str | int
"""An enum: its name, or its number where a client asked for `enum-encoding=int`."""

PROMPT_BLOCKED = "promptFeedback."
"""Stands before the word of `promptFeedback.blockReason` where it is kept as a finish reason."""


class _Json(msgspec.Struct, rename="camel", omit_defaults=True):
    pass


# -- content -----------------------------------------------------------------------------------------


class Blob(_Json):
    """Bytes in place, in base64."""

    mime_type: str | None = None
    data: str | None = None
    display_name: str | None = None


class FileData(_Json):
    """Bytes elsewhere: a Google file URI, gs://, or any URL."""

    mime_type: str | None = None
    file_uri: str | None = None
    display_name: str | None = None


class PartialArg(_Json):
    """A piece of a call's arguments, of Vertex with `streamFunctionCallArguments`."""

    json_path: str | None = None
    string_value: str | None = None
    number_value: Number | None = None
    bool_value: bool | None = None
    null_value: RawMember = UNSET
    will_continue: bool | None = None


class FunctionCall(_Json):
    """A call; `id` is mostly missing."""

    id: str | None = None
    name: str | None = None
    args: RawMember = UNSET
    partial_args: list[PartialArg] | None = None
    will_continue: bool | None = None


class FunctionResponse(_Json):
    """What a call gave: an object, and media in `parts` (Gemini 3)."""

    id: str | None = None
    name: str | None = None
    response: RawMember = UNSET
    parts: list[Raw] | None = None


class Part(_Json):
    """One part: exactly one of the members that hold something, and what stands beside it."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: FunctionResponse | None = None
    executable_code: RawMember = UNSET
    code_execution_result: RawMember = UNSET
    media_resolution: RawMember = UNSET
    video_metadata: RawMember = UNSET


class Content(_Json):
    """One turn."""

    parts: list[Raw] | dict[str, Raw] | None = None
    role: str | None = None


# -- requests ----------------------------------------------------------------------------------------


class FunctionDeclaration(_Json):
    """A tool: its parameters in Google's Schema type or in JSON schema."""

    name: str | None = None
    description: str | None = None
    parameters: RawMember = UNSET
    parameters_json_schema: RawMember = UNSET


class FunctionCallingConfig(_Json):
    """Whether and which functions are called."""

    mode: Word | None = None
    allowed_function_names: list[str] | None = None


class ToolConfig(_Json):
    """About tools."""

    function_calling_config: FunctionCallingConfig | None = None


class ThinkingConfig(_Json):
    """How much to think: a budget (-1: the model decides) or a level."""

    include_thoughts: bool | None = None
    thinking_budget: Number | None = None
    thinking_level: Word | None = None


class GenerationConfig(_Json):
    """How to answer."""

    max_output_tokens: Number | None = None
    temperature: Number | None = None
    top_p: Number | None = None
    top_k: Number | None = None
    candidate_count: Number | None = None
    stop_sequences: list[str] | None = None
    seed: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    response_logprobs: bool | None = None
    logprobs: Number | None = None
    response_mime_type: str | None = None
    response_schema: RawMember = UNSET
    response_json_schema: RawMember = UNSET
    thinking_config: ThinkingConfig | None = None


class GenerateRequest(_Json):
    """The body of generateContent and streamGenerateContent."""

    contents: list[Content] | Content | None = None
    system_instruction: RawMember = UNSET
    tools: list[dict[str, Raw]] | dict[str, Raw] | None = None
    tool_config: RawMember = UNSET
    generation_config: RawMember = UNSET
    service_tier: str | None = None
    model: str | None = None


class CountRequest(_Json):
    """The body of countTokens: either a whole request or the members of one."""

    generate_content_request: RawMember = UNSET


class EmbedRequest(_Json):
    """The body of embedContent, and each of `requests` of batchEmbedContents."""

    model: str | None = None
    content: Content | None = None
    task_type: str | None = None
    title: str | None = None
    output_dimensionality: Number | None = None


class OpenAIEmbedRequest(msgspec.Struct, omit_defaults=True):
    """The body of OpenAI's embeddings that an embedding request of Google's becomes."""

    model: str
    input: list[str]
    dimensions: int | None = None
    encoding_format: str = msgspec.field(default_factory=lambda: "float")


class BatchEmbedRequest(_Json):
    """The body of batchEmbedContents."""

    requests: list[EmbedRequest] | None = None


# -- answers -----------------------------------------------------------------------------------------


class ModalityCount(_Json):
    """Tokens of one modality."""

    modality: Word | None = None
    token_count: Number | None = None


class UsageMetadata(_Json):
    """Tokens: cached ones are in the prompt's, thoughts and tool use stand beside."""

    prompt_token_count: Number | None = None
    candidates_token_count: Number | None = None
    total_token_count: Number | None = None
    cached_content_token_count: Number | None = None
    thoughts_token_count: Number | None = None
    tool_use_prompt_token_count: Number | None = None
    prompt_tokens_details: list[ModalityCount] | None = None
    cache_tokens_details: list[ModalityCount] | None = None
    candidates_tokens_details: list[ModalityCount] | None = None
    tool_use_prompt_tokens_details: list[ModalityCount] | None = None
    service_tier: str | None = None


class CitationSource(_Json):
    """A source of recited text; indexes count bytes."""

    start_index: Number | None = None
    end_index: Number | None = None
    uri: str | None = None
    title: str | None = None


class CitationMetadata(_Json):
    """AI Studio says `citationSources`, Vertex `citations`."""

    citation_sources: list[Raw] | None = None
    citations: list[Raw] | None = None


class Place(_Json):
    """A page, a document or a place an answer rests on."""

    uri: str | None = None
    title: str | None = None
    text: str | None = None


class GroundingChunk(_Json):
    """What an answer rests on."""

    web: Place | None = None
    retrieved_context: Place | None = None
    maps: Place | None = None


class Segment(_Json):
    """A stretch of the answer, in bytes."""

    start_index: Number | None = None
    end_index: Number | None = None
    text: str | None = None


class GroundingSupport(_Json):
    """Which stretch rests on which chunks."""

    segment: Segment | None = None
    grounding_chunk_indices: list[Number] | None = None


class GroundingMetadata(_Json):
    """The sources of a grounded answer."""

    grounding_chunks: list[Raw] | None = None
    grounding_supports: list[GroundingSupport] | None = None


class Logprob(_Json):
    """How likely a token was."""

    token: str | None = None
    log_probability: Number | None = None


class TopLogprobs(_Json):
    """The likeliest tokens at one place."""

    candidates: list[Logprob] | None = None


class LogprobsResult(_Json):
    """Log probabilities of an answer, token by token."""

    chosen_candidates: list[Logprob] | None = None
    top_candidates: list[TopLogprobs] | None = None


class Candidate(_Json):
    """One answer, or the next piece of one."""

    content: Content | None = None
    finish_reason: Word | None = None
    index: Number | None = None
    citation_metadata: CitationMetadata | None = None
    grounding_metadata: GroundingMetadata | None = None
    logprobs_result: LogprobsResult | None = None


class PromptFeedback(_Json):
    """Why a prompt was not answered."""

    block_reason: Word | None = None


class GenerateAnswer(_Json):
    """A whole answer, or one chunk of a streamed one."""

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: UsageMetadata | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: RawMember = UNSET


class ErrorDetail(_Json):
    """A detail of an error; which members there are depends on the type."""

    type: str | None = msgspec.field(name="@type", default=None)
    reason: str | None = None
    retry_delay: str | None = None


class ErrorObject(_Json):
    """The error of google.rpc."""

    code: Word | None = None
    message: str | None = None
    status: str | None = None
    details: RawMember = UNSET


class ErrorAnswer(_Json):
    """The body of an error answer; a stream without SSE has it in an array."""

    error: ErrorObject | str | None = None


class Embedding(_Json):
    """A vector."""

    values: list[float] | None = None


class EmbedAnswer(_Json):
    """The answer of embedContent, and of batchEmbedContents."""

    embedding: Embedding | None = None
    embeddings: list[Embedding] | None = None


class OpenAIEmbedding(msgspec.Struct):
    """A vector of OpenAI's, and which text it is of."""

    embedding: list[float]
    index: int = 0


class OpenAIEmbedAnswer(msgspec.Struct):
    """OpenAI's answer with vectors."""

    data: list[OpenAIEmbedding]


class CountAnswer(_Json, omit_defaults=False):
    """The answer of countTokens."""

    total_tokens: int = 0
    prompt_tokens_details: list[ModalityCount] = []
