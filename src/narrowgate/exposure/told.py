"""Put the statement together for a configuration as it was read, here or by a running gateway."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from narrowgate.adapters.config_file import Loaded
from narrowgate.adapters.secrets.references import read_start
from narrowgate.config.schema import Custody
from narrowgate.exposure.outside import dialled_of, needs_egress, outside_of, proxies_of, without_secrets
from narrowgate.exposure.parts import Part, parts_of
from narrowgate.exposure.processes import Confined
from narrowgate.exposure.statement import Statement, statement
from narrowgate.sandbox.kernel import look
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import Role
from narrowgate.sandbox.starting import code_places
from narrowgate.sealed.running import place
from narrowgate.supervisor.starting import library_places


class Here(NamedTuple):
    """Where a configuration runs, or would.

    `dialled` is what the table that is dialled leaves open, None where secrets are not at hand to make it. `read_file`
    reads files with secrets; `parts` is the code of others with what it could reach, if that was looked at.
    """

    data: Path
    edges: int
    environment: Mapping[str, str]
    read_file: Callable[[Path], bytes] = read_start
    dialled: Openings | None = None
    parts: Sequence[Part] | None = None


def exposure_of(loaded: Loaded, here: Here) -> Statement:
    """Return the statement. Of secrets only the hosts and ports of proxies are told."""
    config, plan, sealed = loaded.config, loaded.plan, place()
    proxies = proxies_of(plan.origins, here.environment, here.read_file)
    dialled = here.dialled or dialled_of(config, without_secrets(plan.origins, proxies))
    confined = Confined(
        data=str(here.data),
        edges=here.edges,
        is_merged=plan.edge.custody is Custody.MERGED,
        needs_egress=needs_egress(config, plan),
        dialled=dialled,
        code=code_places(library_places(Role.SUPERVISOR)) if sealed is None else (),
    )
    found = parts_of(sealed) if here.parts is None else here.parts
    outside = outside_of(config, plan, here.data, proxies)
    return statement(outside, confined, found, look(), sealed)
