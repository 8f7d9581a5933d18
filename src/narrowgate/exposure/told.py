"""Put the statement together for a configuration as it was read, here or by a running gateway."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from narrowgate.adapters.config_file import Loaded
from narrowgate.adapters.secrets.references import read_start
from narrowgate.config.schema import Custody
from narrowgate.exposure.dependencies import Dependency, dependencies_of
from narrowgate.exposure.outside import dialled_of, needs_egress, outside_of, proxies_of, without_secrets
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

    `dialled` is what stays open to the process that dials, None where secrets are not at hand to tell it from.
    `read_file` reads files with secrets; `dependencies` are the code of others, if it was looked at what they reach.
    """

    data: Path
    edges: int
    environment: Mapping[str, str]
    read_file: Callable[[Path], bytes] = read_start
    dialled: Openings | None = None
    dependencies: Sequence[Dependency] | None = None


def exposure_of(loaded: Loaded, here: Here) -> Statement:
    """Return the statement. Of secrets only the hosts and ports of proxies are told."""
    config, plan, sealed = loaded.config, loaded.plan, place()
    proxies = proxies_of(plan.origins, here.environment, here.read_file)
    outside = outside_of(config, plan, here.data, proxies)
    dialled = here.dialled
    if dialled is None:
        usual = dialled_of(config, without_secrets(plan.origins, proxies))
        # Whom tokens are got from is known without the secrets that they are got with.
        dialled = replace(usual, connect_ports=usual.connect_ports | {one.port for one in outside.outbound if one.port})
    confined = Confined(
        data=str(here.data),
        edges=here.edges,
        is_merged=plan.edge.custody is Custody.MERGED,
        needs_egress=needs_egress(config, plan),
        dialled=dialled,
        code=code_places(library_places(Role.SUPERVISOR)) if sealed is None else (),
    )
    found = dependencies_of(sealed) if here.dependencies is None else here.dependencies
    return statement(outside, confined, found, look(), sealed)
