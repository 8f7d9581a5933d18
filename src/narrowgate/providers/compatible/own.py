"""Servers and resources of the user's own: clouds with a resource name, programs on this machine."""

from narrowgate.model.conversation import Form
from narrowgate.providers.compatible.rows import ALL, CHAT, CHAT_EMBED, READ, TEXT_EMBED, O, local
from narrowgate.providers.profile import DEFAULT_PATHS, Cloud, FormPath, Profile

# Source: https://learn.microsoft.com/azure/ai-services/openai/api-version-lifecycle (read 2026-11)
_AZURE_API_VERSION = "2024-10-21"
_AZURE_PATHS = {operation: f"/openai/deployments/{{model}}{path}" for operation, path in DEFAULT_PATHS.items()} | {
    O.RESPONSES: "/openai/v1/responses?api-version=v1"
}

OWN: tuple[Profile, ...] = (
    Profile(
        name="azure",
        title="Azure OpenAI",
        base_url="",
        key_env=("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
        base_url_env=("AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE", "AZURE_BASE_URL", "AZURE_OPENAI_BASE_URL"),
        operations=ALL - {O.RERANK, O.MODERATIONS},
        source="https://learn.microsoft.com/azure/ai-services/openai/reference",
        read=READ,
        auth_header="api-key",
        auth_prefix="",
        paths=_AZURE_PATHS,
        query=f"api-version={_AZURE_API_VERSION}",
        query_env=("AZURE_API_VERSION", "OPENAI_API_VERSION"),
        model_in_path=True,
        keeps_responses=True,
        cloud=Cloud.ENTRA,
    ),
    Profile(
        name="azure-ai",
        title="Azure AI Foundry",
        base_url="",
        key_env=("AZURE_AI_API_KEY",),
        base_url_env=("AZURE_AI_BASE_URL", "AZURE_AI_ENDPOINT", "AZURE_AI_API_BASE"),
        operations=CHAT_EMBED,
        source="https://learn.microsoft.com/rest/api/aifoundry/modelinference/",
        read=READ,
        auth_header="api-key",
        auth_prefix="",
        paths={O.CHAT: "/models/chat/completions", O.EMBEDDINGS: "/models/embeddings"},
        query="api-version=2024-05-01-preview",
        cloud=Cloud.ENTRA,
    ),
    Profile(
        name="databricks",
        title="Databricks Model Serving",
        base_url="",
        key_env=("DATABRICKS_TOKEN", "DATABRICKS_API_KEY"),
        base_url_env=("DATABRICKS_BASE_URL", "DATABRICKS_API_BASE"),
        operations=CHAT_EMBED,
        source="https://docs.databricks.com/aws/en/machine-learning/model-serving/query-chat-models",
        read=READ,
        # Source: https://docs.databricks.com/aws/en/machine-learning/model-serving/query-anthropic-messages
        headers={"anthropic-version": "2023-06-01"},
        forms={Form.ANTHROPIC_MESSAGES: FormPath("/anthropic/v1/messages", "/anthropic/v1/messages", "claude")},
    ),
    Profile(  # https://ACCOUNT.snowflakecomputing.com/api/v2/cortex/v1, with a programmatic access token
        name="snowflake",
        title="Snowflake Cortex",
        base_url="",
        key_env=("SNOWFLAKE_PAT", "SNOWFLAKE_API_KEY"),
        base_url_env=("SNOWFLAKE_BASE_URL", "SNOWFLAKE_API_BASE"),
        operations=CHAT,
        source="https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api",
        read=READ,
        headers={"anthropic-version": "2023-06-01"},
        forms={Form.ANTHROPIC_MESSAGES: FormPath("/messages", "/messages", "claude")},
    ),
    Profile(  # https://api.cloudflare.com/client/v4/accounts/ACCOUNT/ai
        name="cloudflare",
        title="Cloudflare Workers AI",
        base_url="",
        key_env=("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"),
        base_url_env=("CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE"),
        operations=CHAT_EMBED | {O.RERANK, O.TRANSCRIPTIONS},
        source="https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility",
        read=READ,
        paths={
            O.CHAT: "/v1/chat/completions",
            O.EMBEDDINGS: "/v1/embeddings",
            O.RERANK: "/run",
            O.TRANSCRIPTIONS: "/run",
        },
    ),
    local(
        "ollama",
        "Ollama",
        "http://127.0.0.1:11434/v1",
        source="https://github.com/ollama/ollama/blob/main/docs/openai.md",
        operations=TEXT_EMBED | {O.RESPONSES},
    ),
    local(
        "vllm",
        "vLLM",
        "http://127.0.0.1:8000/v1",
        source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        operations=TEXT_EMBED | {O.RESPONSES, O.RERANK, O.TRANSCRIPTIONS, O.TRANSLATIONS},
        other_stem="HOSTED_VLLM",
        keeps_responses=True,
    ),
    local(
        "sglang",
        "SGLang",
        "http://127.0.0.1:30000/v1",
        source="https://docs.sglang.ai/basic_usage/openai_api.html",
        operations=TEXT_EMBED | {O.RERANK},
    ),
    local(
        "llamacpp",
        "llama.cpp server",
        "http://127.0.0.1:8080/v1",
        source="https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        operations=TEXT_EMBED | {O.RESPONSES, O.RERANK},
    ),
    local(
        "lmstudio",
        "LM Studio",
        "http://127.0.0.1:1234/v1",
        source="https://lmstudio.ai/docs/developer/openai-compat",
        operations=TEXT_EMBED | {O.RESPONSES},
        other_stem="LM_STUDIO",
    ),
    local(
        "llamafile",
        "llamafile",
        "http://127.0.0.1:8080/v1",
        source="https://github.com/Mozilla-Ocho/llamafile",
        operations=TEXT_EMBED,
    ),
    local(
        "lemonade",
        "Lemonade",
        "http://127.0.0.1:8000/api/v1",
        source="https://lemonade-server.ai/docs/server/server_spec",
        operations=TEXT_EMBED | {O.RESPONSES},
    ),
)
