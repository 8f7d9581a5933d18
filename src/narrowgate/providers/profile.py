"""How to speak to one provider, as data."""

from enum import Enum

import msgspec

from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.providers.family import Quirks

DEFAULT_PATHS: dict[Operation, str] = {
    Operation.CHAT: "/chat/completions",
    Operation.COMPLETIONS: "/completions",
    Operation.RESPONSES: "/responses",
    Operation.EMBEDDINGS: "/embeddings",
    Operation.MODERATIONS: "/moderations",
    Operation.RERANK: "/rerank",
    Operation.SPEECH: "/audio/speech",
    Operation.TRANSCRIPTIONS: "/audio/transcriptions",
    Operation.TRANSLATIONS: "/audio/translations",
    Operation.IMAGE_GENERATIONS: "/images/generations",
    Operation.IMAGE_EDITS: "/images/edits",
    Operation.IMAGE_VARIATIONS: "/images/variations",
}


class StreamUsage(Enum):
    """Whether a chat stream tells its usage."""

    ASK = "ask"  # only with stream_options.include_usage
    ALWAYS = "always"  # without being asked; stream_options is not needed
    NEVER = "never"  # the provider refuses stream_options


class ReasoningCount(Enum):
    """Whether `completion_tokens` already contains the reasoning tokens."""

    INSIDE = "inside"
    BESIDE = "beside"  # total_tokens = prompt + completion + reasoning


class Cloud(Enum):
    """Whose identities prove a call, where there are better ones than a key; the section of a provider's entry."""

    AWS = "aws"
    GOOGLE = "google"
    ENTRA = "entra"
    WATSONX = "watsonx"


class FormPath(msgspec.Struct, frozen=True):
    """Where conversations in one form go: for a whole answer, and for a streamed one if that differs.

    `models` is a pattern that is found in the names of the models that speak the form, "" for all.
    """

    whole: str
    stream: str = ""
    models: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One provider: how it is reached, and which dialects it speaks.

    `base_url` is the default origin and path prefix; empty when it must be configured (a
    resource of the user's own, or a local server). `{account}`-like placeholders do not occur.
    `key_env` are environment variables that hold the key, the usual one first; `base_url_env`
    those that override `base_url`. `auth_header` is the header that carries the key and
    `auth_prefix` what stands before it. `needs_key` is false for local servers.
    `paths` overrides or adds to DEFAULT_PATHS; `operations` is what the provider documents.
    `query` is appended to every path (Azure's api-version), its value the first set of `query_env`, if any is.
    `headers` go with every call.
    `model_in_path`: the path template holds `{model}` and the body needs no model.
    `forms` are the forms a conversation can have there besides those of OpenAI's operations, the
    preferred one first. `quirks` is how it deviates from its family. `keeps_responses` when what it answers in
    the Responses API can be gone on from and asked for later.
    `cloud` is whose short-lived credentials it takes in place of a key.
    `source` is the page the facts come from, `read` when it was read (YYYY-MM).
    """

    name: str
    title: str
    base_url: str
    key_env: tuple[str, ...]
    base_url_env: tuple[str, ...]
    operations: frozenset[Operation]
    source: str
    read: str
    auth_header: str = "authorization"
    auth_prefix: str = "Bearer "
    needs_key: bool = True
    paths: dict[Operation, str] = {}
    query: str = ""
    query_env: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    model_in_path: bool = False
    stream_usage: StreamUsage = StreamUsage.ASK
    reasoning_count: ReasoningCount = ReasoningCount.INSIDE
    catalog_prefixes: tuple[str, ...] = ()
    forms: dict[Form, FormPath] = {}
    quirks: Quirks = Quirks()
    keeps_responses: bool = False
    cloud: Cloud | None = None

    def path_of(self, operation: Operation) -> str:
        """Return the path under the base URL for `operation`, possibly holding `{model}`."""
        return self.paths.get(operation) or DEFAULT_PATHS[operation]
