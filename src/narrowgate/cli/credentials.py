"""Which identity each provider of a cloud's is called with, and whether credentials can be had for it."""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec

from narrowgate.adapters.upstream.direct import tls_contexts
from narrowgate.adapters.upstream.origins import OriginTable, read_origins
from narrowgate.adapters.upstream.stream import Poller
from narrowgate.adapters.upstream.tokens.ask import Asker
from narrowgate.adapters.upstream.tokens.credential import Credential, Unobtainable
from narrowgate.adapters.upstream.tokens.source import obtain
from narrowgate.cli.machine import Finding, Verdict
from narrowgate.config.snapshot import Origin
from narrowgate.signing.identities import Identity, words_of

_WAIT_S = 5.0
_FIX = "see docs/clouds.md for what each identity needs"


def credentials(origins: Sequence[Origin]) -> Iterator[Finding]:
    """Ask for credentials of every identity at once, some seconds at most, and yield what came of each."""
    proved = [table for table in read_origins(msgspec.json.encode(origins)) if table.identity is not None]
    if proved:
        yield from asyncio.run(_ask_all(proved))


async def _ask_all(tables: Sequence[OriginTable]) -> list[Finding]:
    contexts = tls_contexts(tables)
    return await asyncio.gather(
        *(_ask(table, table.identity, Asker(table, contexts, Poller())) for table in tables if table.identity)
    )


async def _ask(table: OriginTable, identity: Identity, asker: Asker) -> Finding:
    about, who = f"identity of {table.name}", words_of(identity)
    try:
        async with asyncio.timeout(_WAIT_S):
            held = await obtain(identity, asker, table.region)
    except TimeoutError:
        return Finding(about, Verdict.BAD, f"{who}: no credential within {_WAIT_S:g} s", _FIX)
    except Unobtainable as error:
        return Finding(about, Verdict.BAD, f"{who}: {error}", _FIX)
    return Finding(about, Verdict.GOOD, f"{who}: {_life(held)}")


def _life(held: Credential) -> str:
    return "a key that does not expire" if held.expires_s is None else "a credential was given"
