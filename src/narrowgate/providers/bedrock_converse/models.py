"""What models on Bedrock know besides what Converse says of all of them, by the beginning of their names.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html, …/structured-output.html,
…/prompt-caching.html; https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html (read 2026-11).
"""

import re
from enum import Enum

import msgspec


class Thinks(Enum):
    """How a model is told how much to think."""

    CLAUDE = "claude"  # thinking: a budget, or adaptive with an effort
    NOVA = "nova"  # reasoningConfig: an effort of three
    EFFORT = "effort"  # reasoning_effort
    ANY = "any"  # not known: thinking for budgets, reasoning_effort for words
    NEVER = "never"


class Traits(msgspec.Struct, frozen=True):
    """What one model knows.

    `top_k` is the path of that number in `additionalModelRequestFields`, () when there is none.
    `version` is that of a Claude.
    """

    thinks: Thinks = Thinks.ANY
    top_k: tuple[str, ...] = ("top_k",)
    has_schema: bool = True
    has_cache: bool = True
    version: tuple[int, int] | None = None

    @property
    def is_claude(self) -> bool:
        """Whether it is one of Anthropic's."""
        return self.thinks is Thinks.CLAUDE


# us.anthropic.claude-…, arn:aws:bedrock:…:inference-profile/eu.amazon.nova-…: what counts begins at the vendor.
_NAME = re.compile(
    r"(?:^|[./:])((?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai?|"
    r"nvidia|openai|qwen|writer|zai)\..+)$"
)
_CLAUDE = re.compile(r"claude-(?:[a-z]+-)?v?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")
_SCHEMA_SINCE = (4, 5)
_THINKS_SINCE = (3, 7)

_PLAIN = Traits(Thinks.NEVER, has_schema=False, has_cache=False)
_OPEN = Traits(Thinks.EFFORT, has_cache=False)
# The first that fits counts.
_BY_PREFIX = (
    ("amazon.nova-2", Traits(Thinks.NOVA, ("inferenceConfig", "topK"), has_schema=False)),
    ("amazon.nova", Traits(Thinks.NEVER, ("inferenceConfig", "topK"), has_schema=False)),
    ("amazon.", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
    ("ai21.", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
    ("cohere.", Traits(Thinks.NEVER, ("k",), has_schema=False, has_cache=False)),
    ("meta.", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
    ("mistral.mistral-7b", _PLAIN),
    ("mistral.mixtral", _PLAIN),
    ("mistral.mistral-large-24", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
    ("mistral.mistral-small-24", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
    ("mistral.pixtral", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
    ("mistral.", _OPEN),
    ("deepseek.r1", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
    ("openai.", Traits(Thinks.EFFORT, (), has_cache=False)),
    ("writer.", Traits(Thinks.NEVER, (), has_schema=False, has_cache=False)),
)


def traits_of(model: str) -> Traits:
    """Return what `model` knows; one that no name tells of (a profile's ARN) is taken to know everything."""
    found = _NAME.search(model)
    if found is None:
        return Traits()
    name = found[1]
    if name.startswith("anthropic."):
        return _claude(name)
    return next((traits for prefix, traits in _BY_PREFIX if name.startswith(prefix)), _OPEN)


def _claude(name: str) -> Traits:
    found = _CLAUDE.search(name)
    version = (int(found[1]), int(found[2] or 0)) if found else None
    return Traits(Thinks.CLAUDE, has_schema=version is None or version >= _SCHEMA_SINCE, version=version)


def thinks_at_all(traits: Traits) -> bool:
    """Whether a model can think."""
    if traits.is_claude:
        return traits.version is None or traits.version >= _THINKS_SINCE
    return traits.thinks is not Thinks.NEVER
