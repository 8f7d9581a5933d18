"""Providers whose conversations have a form of their own; other operations go where they are like OpenAI's."""

from narrowgate.model.conversation import Form
from narrowgate.providers.compatible.rows import O
from narrowgate.providers.family import Quirks, Variant
from narrowgate.providers.profile import Cloud, FormPath, Profile

_READ = "2026-11"
_NONE: frozenset[O] = frozenset()

NATIVE: tuple[Profile, ...] = (
    Profile(
        name="anthropic",
        title="Anthropic",
        base_url="https://api.anthropic.com",
        key_env=("ANTHROPIC_API_KEY",),
        base_url_env=("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
        operations=_NONE,
        source="https://docs.anthropic.com/en/api/messages",
        read=_READ,
        auth_header="x-api-key",
        auth_prefix="",
        headers={"anthropic-version": "2023-06-01"},
        forms={Form.ANTHROPIC_MESSAGES: FormPath("/v1/messages", "/v1/messages")},
    ),
    Profile(
        name="gemini",
        title="Google Gemini",
        base_url="https://generativelanguage.googleapis.com",
        key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        base_url_env=("GEMINI_BASE_URL", "GEMINI_API_BASE", "GOOGLE_GEMINI_BASE_URL"),
        operations=frozenset({O.EMBEDDINGS, O.IMAGE_GENERATIONS}),
        source="https://ai.google.dev/api/generate-content",
        read=_READ,
        auth_header="x-goog-api-key",
        auth_prefix="",
        paths={
            O.EMBEDDINGS: "/v1beta/openai/embeddings",
            O.IMAGE_GENERATIONS: "/v1beta/openai/images/generations",
        },
        forms={
            Form.GEMINI_GENERATE: FormPath(
                "/v1beta/models/{model}:generateContent", "/v1beta/models/{model}:streamGenerateContent?alt=sse"
            )
        },
    ),
    Profile(
        name="bedrock",
        title="AWS Bedrock",
        base_url="",
        key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        base_url_env=("BEDROCK_BASE_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
        operations=frozenset({O.EMBEDDINGS}),
        source="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
        read=_READ,
        paths={O.EMBEDDINGS: "/model"},
        forms={Form.BEDROCK_CONVERSE: FormPath("/model/{model}/converse", "/model/{model}/converse-stream")},
        cloud=Cloud.AWS,
    ),
    Profile(
        name="vertex",
        title="Google Vertex AI",
        base_url="",
        key_env=("VERTEX_ACCESS_TOKEN",),
        base_url_env=("VERTEX_BASE_URL",),
        operations=_NONE,
        source="https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
        read=_READ,
        forms={
            Form.GEMINI_GENERATE: FormPath(
                "/publishers/google/models/{model}:generateContent",
                "/publishers/google/models/{model}:streamGenerateContent?alt=sse",
            )
        },
        cloud=Cloud.GOOGLE,
    ),
    Profile(
        name="vertex-anthropic",
        title="Anthropic on Google Vertex AI",
        base_url="",
        key_env=("VERTEX_ANTHROPIC_ACCESS_TOKEN",),
        base_url_env=("VERTEX_ANTHROPIC_BASE_URL",),
        operations=_NONE,
        source="https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai",
        read=_READ,
        forms={
            Form.ANTHROPIC_MESSAGES: FormPath(
                "/publishers/anthropic/models/{model}:rawPredict",
                "/publishers/anthropic/models/{model}:streamRawPredict",
            )
        },
        quirks=Quirks(is_model_in_path=True),
        cloud=Cloud.GOOGLE,
    ),
    Profile(
        name="azure-anthropic",
        title="Anthropic on Azure AI Foundry",
        base_url="",
        key_env=("ANTHROPIC_FOUNDRY_API_KEY",),
        base_url_env=("AZURE_ANTHROPIC_BASE_URL", "ANTHROPIC_FOUNDRY_BASE_URL"),
        operations=_NONE,
        source="https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry",
        read=_READ,
        auth_header="x-api-key",
        auth_prefix="",
        headers={"anthropic-version": "2023-06-01"},
        forms={Form.ANTHROPIC_MESSAGES: FormPath("/v1/messages", "/v1/messages")},
        cloud=Cloud.ENTRA,
    ),
    Profile(
        name="cohere",
        title="Cohere",
        base_url="https://api.cohere.com",
        key_env=("COHERE_API_KEY", "CO_API_KEY"),
        base_url_env=("COHERE_BASE_URL", "COHERE_API_BASE", "CO_API_URL"),
        operations=frozenset({O.EMBEDDINGS, O.RERANK}),
        source="https://docs.cohere.com/reference/chat",
        read=_READ,
        paths={O.EMBEDDINGS: "/compatibility/v1/embeddings", O.RERANK: "/v2/rerank"},
        forms={Form.COHERE_CHAT: FormPath("/v2/chat", "/v2/chat")},
    ),
    Profile(
        name="watsonx",
        title="IBM watsonx.ai",
        base_url="https://us-south.ml.cloud.ibm.com",
        key_env=("WATSONX_TOKEN",),  # a bearer token of IAM, which lasts an hour; made with WATSONX_APIKEY otherwise
        base_url_env=("WATSONX_BASE_URL", "WATSONX_API_BASE", "WATSONX_URL"),
        operations=_NONE,
        source="https://cloud.ibm.com/apidocs/watsonx-ai#text-chat",
        read=_READ,
        query="version=2025-02-11",
        cloud=Cloud.WATSONX,
        forms={Form.OPENAI_CHAT: FormPath("/ml/v1/text/chat", "/ml/v1/text/chat_stream")},
        quirks=Quirks(
            max_tokens_field="max_tokens",
            thinking_field="reasoning_content",
            has_stream_options=False,
            unknown=frozenset(
                {
                    "is_parallel",
                    "tools.is_strict",
                    "hints.user",
                    "hints.cache_key",
                    "hints.is_stored",
                    "hints.verbosity",
                    "hints.metadata",
                    "hints.service_tier",
                }
            ),
            document_field="",
            variant=Variant(
                renamed=(("model", "model_id"),),
                left_out=frozenset({"stream", "stream_options"}),
                word_choice_field="tool_choice_option",
            ),
        ),
    ),
    Profile(
        name="replicate",
        title="Replicate",
        base_url="https://api.replicate.com",
        key_env=("REPLICATE_API_TOKEN", "REPLICATE_API_KEY"),
        base_url_env=("REPLICATE_BASE_URL", "REPLICATE_API_BASE"),
        operations=frozenset({O.IMAGE_GENERATIONS}),
        source="https://replicate.com/docs/reference/http",
        read=_READ,
        paths={O.IMAGE_GENERATIONS: "/v1/predictions"},
        forms={Form.REPLICATE: FormPath("/v1/predictions", "/v1/predictions")},
    ),
    Profile(
        name="ollama-native",
        title="Ollama (its own API)",
        base_url="http://127.0.0.1:11434",
        key_env=("OLLAMA_API_KEY",),
        base_url_env=("OLLAMA_NATIVE_BASE_URL",),
        operations=frozenset({O.EMBEDDINGS}),
        source="https://github.com/ollama/ollama/blob/main/docs/api.md",
        read=_READ,
        needs_key=False,
        paths={O.EMBEDDINGS: "/v1/embeddings"},
        forms={Form.OLLAMA_CHAT: FormPath("/api/chat", "/api/chat")},
    ),
)
