"""The exposure statement: its shape, and how it is put together. docs/exposure.md describes every member."""

import platform
import sys
from collections.abc import Iterable

import msgspec

from narrowgate import __version__
from narrowgate.exposure.outside import Listener, Outbound, Outside, SecretSource
from narrowgate.exposure.parts import Part
from narrowgate.exposure.processes import Confined, ProcessView, process_views
from narrowgate.sandbox.kernel import Offers
from narrowgate.sealed.public_keys import fingerprint
from narrowgate.sealed.running import Place

SCHEMA = 1


class Seal(msgspec.Struct, frozen=True):
    """The sealed file that this runs from: the digest of its manifest, the key that signed it."""

    manifest_sha256: str
    signer: str
    has_own_python: bool


class Sandbox(msgspec.Struct, frozen=True):
    """What this kernel confines processes with. `missing` is a sentence for each part that it has not."""

    landlock: int
    seccomp: bool
    missing: tuple[str, ...]
    is_required: bool


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Everything, for programs. `sealed` is None for an installation whose files are not checked at the start."""

    schema: int
    version: str
    python: str
    system: str
    sealed: Seal | None
    sandbox: Sandbox
    parts: tuple[Part, ...]
    processes: tuple[ProcessView, ...]
    listeners: tuple[Listener, ...]
    outbound: tuple[Outbound, ...]
    secrets: tuple[SecretSource, ...]
    written: tuple[str, ...]
    telemetry: tuple[str, ...]
    notes: tuple[str, ...]


def statement(
    outside: Outside, confined: Confined, parts: Iterable[Part], offers: Offers, sealed: Place | None
) -> Statement:
    """Return the statement."""
    processes = process_views(confined)
    return Statement(
        schema=SCHEMA,
        version=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{sys.platform} {platform.release()} {platform.machine()}",
        sealed=None if sealed is None else Seal(sealed.digest, fingerprint(sealed.key), sealed.is_whole),
        sandbox=Sandbox(offers.landlock, offers.has_seccomp, offers.missing(), outside.requires_seal),
        parts=tuple(parts),
        processes=processes,
        listeners=outside.listeners,
        outbound=outside.outbound,
        secrets=outside.secrets,
        written=tuple(sorted({path for one in processes for path in one.writes} | set(outside.sockets))),
        telemetry=(),  # nothing is sent to anybody but the outbound ends above, which get calls alone
        notes=outside.notes,
    )
