"""OpenAI itself."""

from narrowgate.model.operation import Operation
from narrowgate.providers.profile import Profile

OPENAI = Profile(
    name="openai",
    title="OpenAI",
    base_url="https://api.openai.com/v1",
    key_env=("OPENAI_API_KEY",),
    base_url_env=("OPENAI_BASE_URL",),
    operations=frozenset(Operation) - {Operation.RERANK},
    source="https://platform.openai.com/docs/api-reference",
    read="2026-11",
)
