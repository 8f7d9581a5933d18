"""All built-in provider profiles by name, and other names people know them by."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from narrowgate.providers.compatible.hosts import HOSTS
from narrowgate.providers.compatible.makers import MAKERS
from narrowgate.providers.compatible.own import OWN
from narrowgate.providers.compatible.quirks import quirks_of
from narrowgate.providers.native.rows import NATIVE
from narrowgate.providers.profile import Profile
from narrowgate.providers.services.rows import SPEECH

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
