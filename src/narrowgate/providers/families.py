"""How each form of conversation is written for providers and read from them, by form.

Apart from the table of providers: who only reads a configuration loads none of it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from narrowgate.model.conversation import Form
from narrowgate.providers.anthropic_messages import FAMILY as ANTHROPIC_MESSAGES
from narrowgate.providers.bedrock_converse import FAMILY as BEDROCK_CONVERSE
from narrowgate.providers.cohere_chat import FAMILY as COHERE_CHAT
from narrowgate.providers.family import Family
from narrowgate.providers.gemini_generate import FAMILY as GEMINI_GENERATE
from narrowgate.providers.ollama_chat import FAMILY as OLLAMA_CHAT
from narrowgate.providers.openai_chat import FAMILY as OPENAI_CHAT
from narrowgate.providers.openai_responses import FAMILY as OPENAI_RESPONSES
from narrowgate.providers.replicate import FAMILY as REPLICATE

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
