"""All built-in provider profiles by name, and other names people know them by."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from narrowgate.model.conversation import Form
from narrowgate.providers.anthropic_messages import FAMILY as ANTHROPIC_MESSAGES
from narrowgate.providers.bedrock_converse import FAMILY as BEDROCK_CONVERSE
from narrowgate.providers.cohere_chat import FAMILY as COHERE_CHAT
from narrowgate.providers.compatible.hosts import HOSTS
from narrowgate.providers.compatible.makers import MAKERS
from narrowgate.providers.compatible.own import OWN
from narrowgate.providers.compatible.quirks import quirks_of
from narrowgate.providers.family import Family
from narrowgate.providers.gemini_generate import FAMILY as GEMINI_GENERATE
from narrowgate.providers.native.rows import NATIVE
from narrowgate.providers.ollama_chat import FAMILY as OLLAMA_CHAT
from narrowgate.providers.openai_chat import FAMILY as OPENAI_CHAT
from narrowgate.providers.openai_responses import FAMILY as OPENAI_RESPONSES
from narrowgate.providers.profile import Profile
from narrowgate.providers.replicate import FAMILY as REPLICATE
from narrowgate.providers.services.rows import SPEECH

_EACH: tuple[Family, ...] = (
    ANTHROPIC_MESSAGES,
    BEDROCK_CONVERSE,
    COHERE_CHAT,
    GEMINI_GENERATE,
    OLLAMA_CHAT,
    OPENAI_CHAT,
    OPENAI_RESPONSES,
    REPLICATE,
)
FAMILIES: Mapping[Form, Family] = MappingProxyType({family.form: family for family in _EACH})
_COMPATIBLE = [replace(profile, quirks=quirks_of(profile.name)) for profile in (*MAKERS, *HOSTS, *OWN)]
_ALL = (_COMPATIBLE[0], *NATIVE, *_COMPATIBLE[1:], *SPEECH)
PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in _ALL})
# Spellings of LiteLLM, Bifrost and of people.
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "ai21_chat": "ai21",
        "azure_ai": "azure-ai",
        "vertex_ai": "vertex",
        "vertex_anthropic": "vertex-anthropic",
        "alibaba": "dashscope",
        "azure_openai": "azure",
        "cohere_chat": "cohere",
        "eleven_labs": "elevenlabs",
        "featherless_ai": "featherless",
        "cloudflare_workers_ai": "cloudflare",
        "fireworks_ai": "fireworks",
        "friendliai": "friendli",
        "github_models": "github",
        "google": "gemini",
        "grok": "xai",
        "hf": "huggingface",
        "hosted_vllm": "vllm",
        "jina_ai": "jina",
        "kimi": "moonshot",
        "lambda_ai": "lambda",
        "llama.cpp": "llamacpp",
        "llama_cpp": "llamacpp",
        "lm_studio": "lmstudio",
        "moonshotai": "moonshot",
        "nvidia_nim": "nvidia",
        "ollama_chat": "ollama",
        "qwen": "dashscope",
        "qwen_ai_platform": "dashscope-cn",
        "qwencloud": "dashscope",
        "together_ai": "together",
        "veniceai": "venice",
        "vercel_ai_gateway": "vercel",
        "watsonx_text": "watsonx",
        "z.ai": "zai",
        "zhipu": "zai",
    }
)
