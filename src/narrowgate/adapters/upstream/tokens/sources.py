"""The sources of credentials of all origins, one each, for all who dial in this process. Standard library only."""

import ssl
from collections.abc import Mapping, Sequence
from functools import partial

from narrowgate.adapters.upstream.origins import OriginTable
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.adapters.upstream.tokens.ask import Asker
from narrowgate.adapters.upstream.tokens.source import Source, Tell, obtain
from narrowgate.signing.identities import words_of


def sources_of(
    origins: Sequence[OriginTable], contexts: Mapping[str, ssl.SSLContext], tell: Tell
) -> list[Source | None]:
    """Return a source for each origin that has an identity, None for the others. They are not started."""
    return [_source(origin, contexts, tell) for origin in origins]


def _source(origin: OriginTable, contexts: Mapping[str, ssl.SSLContext], tell: Tell) -> Source | None:
    if origin.identity is None:
        return None
    about = {"provider": origin.name, "identity": words_of(origin.identity)}

    def told(sentence: str, fields: dict[str, str | int], *, is_good: bool) -> None:
        tell(sentence, {**about, **fields}, is_good=is_good)

    asker = Asker(origin, contexts, Poller())
    return Source(partial(obtain, origin.identity, asker, origin.region), told)
