"""Companies that serve models of their own in OpenAI's dialect."""

from narrowgate.providers.compatible.rows import ALL, ALWAYS, BESIDE, CHAT, CHAT_EMBED, TEXT, O, hosted
from narrowgate.providers.profile import Profile

_AUDIO = frozenset({O.SPEECH, O.TRANSCRIPTIONS, O.TRANSLATIONS})

MAKERS: tuple[Profile, ...] = (
    hosted(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        source="https://platform.openai.com/docs/api-reference",
        operations=ALL - {O.RERANK},
    ),
    hosted(
        "anthropic",
        "Anthropic (OpenAI-compatible endpoint)",
        "https://api.anthropic.com/v1",
        source="https://docs.anthropic.com/en/api/openai-sdk",
    ),
    hosted(
        "gemini",
        "Google Gemini (OpenAI-compatible endpoint)",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        source="https://ai.google.dev/gemini-api/docs/openai",
        operations=CHAT_EMBED | {O.IMAGE_GENERATIONS},
        more_keys=("GOOGLE_API_KEY",),
        reasoning=BESIDE,
    ),
    hosted(
        "mistral",
        "Mistral AI",
        "https://api.mistral.ai/v1",
        source="https://docs.mistral.ai/api",
        operations=CHAT_EMBED | {O.MODERATIONS, O.TRANSCRIPTIONS},
        stream_usage=ALWAYS,
    ),
    hosted(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com",
        source="https://api-docs.deepseek.com",
        operations=TEXT,
        paths={O.COMPLETIONS: "/beta/completions"},
        stream_usage=ALWAYS,
    ),
    hosted(
        "xai",
        "xAI",
        "https://api.x.ai/v1",
        source="https://docs.x.ai/docs/api-reference",
        operations=TEXT | {O.RESPONSES, O.EMBEDDINGS, O.IMAGE_GENERATIONS},
        reasoning=BESIDE,
    ),
    hosted(
        "cohere",
        "Cohere (compatibility API)",
        "https://api.cohere.ai/compatibility/v1",
        source="https://docs.cohere.com/docs/compatibility-api",
        operations=CHAT_EMBED,
        more_keys=("CO_API_KEY",),
    ),
    hosted(
        "ai21",
        "AI21",
        "https://api.ai21.com/studio/v1",
        source="https://docs.ai21.com/reference",
        stream_usage=ALWAYS,
    ),
    hosted(
        "perplexity",
        "Perplexity",
        "https://api.perplexity.ai",
        source="https://docs.perplexity.ai/api-reference",
        more_keys=("PERPLEXITYAI_API_KEY",),
        stream_usage=ALWAYS,
    ),
    hosted(
        "moonshot",
        "Moonshot AI",
        "https://api.moonshot.ai/v1",
        source="https://platform.moonshot.ai/docs/api/chat",
        stream_usage=ALWAYS,
    ),
    hosted(
        "dashscope",
        "Alibaba DashScope (Qwen)",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        source="https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
        operations=CHAT_EMBED,
    ),
    hosted(
        "zai", "Z.AI", "https://api.z.ai/api/paas/v4", source="https://docs.z.ai/api-reference", stream_usage=ALWAYS
    ),
    hosted(
        "minimax",
        "MiniMax",
        "https://api.minimax.io/v1",
        source="https://platform.minimax.io/docs/api-reference/text-openai-api",
    ),
    hosted(
        "writer",
        "Writer",
        "https://api.writer.com/v1",
        source="https://dev.writer.com/api-reference",
        paths={O.CHAT: "/chat"},
    ),
    hosted(
        "inception",
        "Inception Labs",
        "https://api.inceptionlabs.ai/v1",
        source="https://docs.inceptionlabs.ai",
        operations=CHAT,
    ),
    hosted("reka", "Reka", "https://api.reka.ai/v1", source="https://docs.reka.ai/api-reference"),
    hosted("morph", "Morph", "https://api.morphllm.com/v1", source="https://docs.morphllm.com", operations=CHAT_EMBED),
    hosted(
        "voyage",
        "Voyage AI",
        "https://api.voyageai.com/v1",
        source="https://docs.voyageai.com/reference",
        operations=frozenset({O.EMBEDDINGS, O.RERANK}),
    ),
    hosted(
        "jina",
        "Jina AI",
        "https://api.jina.ai/v1",
        source="https://jina.ai/embeddings",
        operations=frozenset({O.EMBEDDINGS, O.RERANK}),
        more_keys=("JINA_AI_API_KEY",),
        catalog=("jina_ai",),
    ),
)
