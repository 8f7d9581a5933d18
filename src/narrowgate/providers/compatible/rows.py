"""Short forms for the rows of the provider tables: which operations, which variables."""

from narrowgate.model.operation import Operation
from narrowgate.providers.profile import Profile, ReasoningCount, StreamUsage

O = Operation  # noqa: E741 - the tables below read better with one letter
CHAT = frozenset({O.CHAT})
TEXT = frozenset({O.CHAT, O.COMPLETIONS})
TEXT_EMBED = TEXT | {O.EMBEDDINGS}
CHAT_EMBED = CHAT | {O.EMBEDDINGS}
ALL = frozenset(Operation)
ALWAYS = StreamUsage.ALWAYS
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
    catalog: tuple[str, ...] = (),
) -> Profile:
    """Return the profile of a provider with a bearer key and an address of its own."""
    stem = name.upper().replace("-", "_")
    variable = key or f"{stem}_API_KEY"
    return Profile(
        name=name,
        title=title,
        base_url=base_url,
        key_env=(variable, *more_keys),
        base_url_env=(f"{stem}_BASE_URL", f"{stem}_API_BASE"),
        operations=operations,
        source=source,
        read=READ,
        stream_usage=stream_usage,
        reasoning_count=reasoning,
        paths=paths or {},
        catalog_prefixes=catalog or (name,),
    )


def local(name: str, title: str, base_url: str, *, source: str, operations: frozenset[Operation]) -> Profile:
    """Return the profile of a server on the user's own machine: no key, and no price to look up."""
    stem = name.upper().replace("-", "_")
    return Profile(
        name=name,
        title=title,
        base_url=base_url,
        key_env=(f"{stem}_API_KEY",),
        base_url_env=(f"{stem}_BASE_URL", f"{stem}_API_BASE"),
        operations=operations,
        source=source,
        read=READ,
        needs_key=False,
        catalog_prefixes=(name,),
    )
