"""Short forms for the rows of the provider tables: which operations, which variables."""

from narrowgate.model.operation import Operation
from narrowgate.providers.profile import DEFAULT_PATHS, Profile, ReasoningCount, StreamUsage

O = Operation  # noqa: E741 - the tables below read better with one letter
CHAT = frozenset({O.CHAT})
TEXT = frozenset({O.CHAT, O.COMPLETIONS})
TEXT_EMBED = TEXT | {O.EMBEDDINGS}
CHAT_EMBED = CHAT | {O.EMBEDDINGS}
ALL = frozenset(DEFAULT_PATHS)
ALWAYS = StreamUsage.ALWAYS  # only where streams that nobody asked were seen to tell their usage
BESIDE = ReasoningCount.BESIDE
READ = "2026-11"


def hosted(  # noqa: PLR0913 - a row of the table, by keyword
    name: str,
    title: str,
    base_url: str,
    *,
    source: str,
    operations: frozenset[Operation] = CHAT,
    key: str = "",
    more_keys: tuple[str, ...] = (),
    stream_usage: StreamUsage = StreamUsage.ASK,
    reasoning: ReasoningCount = ReasoningCount.INSIDE,
    paths: dict[Operation, str] | None = None,
    more_urls: tuple[str, ...] = (),
    catalog: tuple[str, ...] = (),
    keeps_responses: bool = False,
) -> Profile:
    """Return the profile of a provider with a bearer key and an address of its own.

    `key` is the variable its documentation names, by default `<NAME>_API_KEY`; `more_keys` and
    `more_urls` are further variables that are looked for after the usual ones.
    """
    stem = name.upper().replace("-", "_")
    variable = key or f"{stem}_API_KEY"
    return Profile(
        name=name,
        title=title,
        base_url=base_url,
        key_env=(variable, *more_keys),
        base_url_env=(f"{stem}_BASE_URL", f"{stem}_API_BASE", *more_urls),
        operations=operations,
        source=source,
        read=READ,
        stream_usage=stream_usage,
        reasoning_count=reasoning,
        paths=paths or {},
        catalog_prefixes=catalog,
        keeps_responses=keeps_responses,
    )


def local(  # noqa: PLR0913 - a row of a table, by name
    name: str,
    title: str,
    base_url: str,
    *,
    source: str,
    operations: frozenset[Operation],
    other_stem: str = "",
    keeps_responses: bool = False,
) -> Profile:
    """Return the profile of a server on the user's own machine: no key, and no price to look up.

    `other_stem` begins the variables that LiteLLM's users have set.
    """
    stems = (name.upper(), other_stem) if other_stem else (name.upper(),)
    return Profile(
        name=name,
        title=title,
        base_url=base_url,
        key_env=tuple(f"{one}_API_KEY" for one in stems),
        base_url_env=tuple(f"{one}_{end}" for one in stems for end in ("BASE_URL", "API_BASE")),
        operations=operations,
        source=source,
        read=READ,
        needs_key=False,
        keeps_responses=keeps_responses,
    )
