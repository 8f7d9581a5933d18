"""All dialects by form, and which paths of theirs are conversations.

Sources: https://docs.anthropic.com/en/api/messages, https://ai.google.dev/api/generate-content,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html,
https://docs.cohere.com/reference/chat, https://github.com/ollama/ollama/blob/main/docs/api.md (read 2026-11).
"""

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from narrowgate.dialects.anthropic_messages import DIALECT as ANTHROPIC_MESSAGES
from narrowgate.dialects.anthropic_messages import render_count
from narrowgate.dialects.bedrock_converse import DIALECT as BEDROCK_CONVERSE
from narrowgate.dialects.bedrock_converse.render import error_type
from narrowgate.dialects.bedrock_invoke import DIALECT as INVOKE
from narrowgate.dialects.cohere_chat import DIALECT as COHERE_CHAT
from narrowgate.dialects.dialect import Dialect
from narrowgate.dialects.gemini_generate import DIALECT as GEMINI_GENERATE
from narrowgate.dialects.gemini_generate import dialect_for
from narrowgate.dialects.ollama_chat import DIALECT as OLLAMA_CHAT
from narrowgate.dialects.ollama_chat import GENERATE
from narrowgate.dialects.openai.routes import OPERATIONS, deployment_of
from narrowgate.dialects.openai_chat import DIALECT as OPENAI_CHAT
from narrowgate.dialects.openai_responses import DIALECT as OPENAI_RESPONSES
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Fault
from narrowgate.model.operation import Operation

_EACH: tuple[Dialect, ...] = (
    ANTHROPIC_MESSAGES,
    BEDROCK_CONVERSE,
    COHERE_CHAT,
    GEMINI_GENERATE,
    OLLAMA_CHAT,
    OPENAI_CHAT,
    OPENAI_RESPONSES,
)
DIALECTS: Mapping[Form, Dialect] = MappingProxyType({dialect.form: dialect for dialect in _EACH})

_OPENAI = {Operation.CHAT: Form.OPENAI_CHAT, Operation.RESPONSES: Form.OPENAI_RESPONSES}
_WHOLE_PATHS: Mapping[bytes, Form] = MappingProxyType(
    {
        b"/v1/messages": Form.ANTHROPIC_MESSAGES,
        b"/messages": Form.ANTHROPIC_MESSAGES,
        b"/v2/chat": Form.COHERE_CHAT,
        b"/api/chat": Form.OLLAMA_CHAT,
    }
)
# AI Studio's paths and Vertex's, which name a project and a location that mean nothing here. Vercel's SDK leaves
# out "models/" where the model's name has a slash, LiteLLM's the version.
_GEMINI = re.compile(
    rb"/(?:(?:v1|v1beta|v1alpha|v1beta1)/(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/[^/]+/)?"
    rb"(?:(?:models|tunedModels)/)?|models/)(.+):(generateContent|streamGenerateContent|countTokens"
    rb"|embedContent|batchEmbedContents)"
)
_BEDROCK = re.compile(rb"/model/(.+)/(converse|converse-stream|invoke|invoke-with-response-stream)")
_METHODS: Mapping[bytes, Operation] = MappingProxyType(
    {
        b"countTokens": Operation.COUNTING,
        b"embedContent": Operation.EMBEDDINGS,
        b"batchEmbedContents": Operation.EMBEDDINGS,
    }
)
# Where the vendors' SDKs and other gateways' users have their base URLs.
_PREFIXES = (b"/anthropic", b"/genai", b"/bedrock", b"/cohere", b"/ollama", b"/litellm", b"/langchain", b"/pydanticai")


class Shape(Enum):
    """A form's JSON in another wrapping, which has paths of its own."""

    PLAIN = "plain"
    GENERATE = "generate"  # Ollama's: a prompt in, a text out
    INVOKE = "invoke"  # Bedrock's: Messages in AWS's frames, with AWS's errors


class Route(NamedTuple):
    """What a path asks for. `form` is None for what is no conversation.

    `model` and `is_stream` are what the path says, None when the body does.
    """

    operation: Operation
    form: Form | None = None
    model: str | None = None
    is_stream: bool | None = None
    shape: Shape = Shape.PLAIN


_PLAIN: Mapping[bytes, Route] = MappingProxyType(
    {path: Route(operation, _OPENAI.get(operation)) for path, operation in OPERATIONS.items()}
    | {path: Route(Operation.CHAT, form) for path, form in _WHOLE_PATHS.items()}
    | {
        path + b"/count_tokens": Route(Operation.COUNTING, form)
        for path, form in _WHOLE_PATHS.items()
        if form is Form.ANTHROPIC_MESSAGES
    }
    | {b"/v2/embed": Route(Operation.EMBEDDINGS, Form.COHERE_CHAT)}
    | {b"/v2/rerank": Route(Operation.RERANK, Form.COHERE_CHAT)}
    | {b"/api/generate": Route(Operation.CHAT, Form.OLLAMA_CHAT, shape=Shape.GENERATE)}
)


def route_of(path: bytes) -> Route | None:
    """Return what a POST to `path` asks for, None when it is no call."""
    route = _PLAIN.get(path)
    if route is not None:
        return route
    found = _named(path)
    if found is not None:
        return found
    for prefix in _PREFIXES:
        if path.startswith(prefix + b"/"):
            rest = path[len(prefix) :]
            return _PLAIN.get(rest) or _named(rest)
    return None


def dialect_of(route: Route, query: bytes = b"") -> Dialect | None:
    """Return the dialect a conversation's client speaks; Google's depends on the query, too."""
    if route.shape is Shape.GENERATE:
        return GENERATE
    if route.shape is Shape.INVOKE:
        return INVOKE
    if route.form is Form.GEMINI_GENERATE:
        return dialect_for(query)
    return DIALECTS.get(route.form) if route.form is not None else None


def count_answer(form: Form, tokens: int) -> bytes:
    """Return what a client that asked for the number of tokens is told."""
    if form is Form.GEMINI_GENERATE:
        return b'{"totalTokens":%d}' % tokens
    return render_count(tokens)


def fault_lines(route: Route, fault: Fault) -> bytes:
    """Return header lines that belong to an error in a dialect: AWS's SDKs read its kind there."""
    is_aws = route.form is Form.BEDROCK_CONVERSE or route.shape is Shape.INVOKE
    return b"x-amzn-errortype: %b\r\n" % error_type(fault).encode() if is_aws else b""


def _named(path: bytes) -> Route | None:
    """Return the route of a path that names its model."""
    deployment = deployment_of(path)
    if deployment is not None:
        operation, model = deployment
        return Route(operation, _OPENAI.get(operation), model)
    for pattern, form, stream in (
        (_GEMINI, Form.GEMINI_GENERATE, b"streamGenerateContent"),
        (_BEDROCK, Form.BEDROCK_CONVERSE, b"converse-stream"),
    ):
        match = pattern.fullmatch(path)
        if match is not None:
            try:
                model = unquote_to_bytes(match[1]).decode()
            except UnicodeDecodeError:
                return None
            if match[2].startswith(b"invoke"):
                is_stream = match[2] != b"invoke"
                return Route(Operation.CHAT, Form.ANTHROPIC_MESSAGES, model, is_stream, Shape.INVOKE)
            return Route(_METHODS.get(match[2], Operation.CHAT), form, model, match[2] == stream)
    return None
