"""All built-in provider profiles by name, and other names people know them by."""

from collections.abc import Mapping
from types import MappingProxyType

from narrowgate.providers.compatible.hosts import HOSTS
from narrowgate.providers.compatible.makers import MAKERS
from narrowgate.providers.compatible.own import OWN
from narrowgate.providers.profile import Profile

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in (*MAKERS, *HOSTS, *OWN)})
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "azure_openai": "azure",
        "together_ai": "together",
        "fireworks_ai": "fireworks",
        "nvidia_nim": "nvidia",
        "lm_studio": "lmstudio",
        "hosted_vllm": "vllm",
        "llama_cpp": "llamacpp",
        "llama.cpp": "llamacpp",
        "jina_ai": "jina",
        "featherless_ai": "featherless",
        "friendliai": "friendli",
        "lambda_ai": "lambda",
        "vercel_ai_gateway": "vercel",
        "qwen": "dashscope",
        "alibaba": "dashscope",
        "google": "gemini",
        "github_models": "github",
        "ollama_chat": "ollama",
        "grok": "xai",
    }
)
