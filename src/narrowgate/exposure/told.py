"""Put the statement together for a configuration as it was read, here or by a running gateway."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from narrowgate.adapters.config_file import Loaded
from narrowgate.adapters.secrets.references import read_start
from narrowgate.config.schema import Custody
from narrowgate.exposure.outside import dialled_of, needs_egress, outside_of, proxies_of
from narrowgate.exposure.parts import Part, parts_of
from narrowgate.exposure.processes import Confined
from narrowgate.exposure.statement import Statement, statement
from narrowgate.sandbox.kernel import look
from narrowgate.sandbox.profile import Role
from narrowgate.sandbox.starting import code_places
from narrowgate.sealed.running import place
from narrowgate.supervisor.starting import library_places


def exposure_of(
    loaded: Loaded,
    data: Path,
    edges: int,
    environment: Mapping[str, str],
    read_file: Callable[[Path], bytes] = read_start,
    parts: Iterable[Part] | None = None,
) -> Statement:
    """Return the statement. No secret is asked for but a proxy's URL, of which host and port are told."""
    config, plan, sealed = loaded.config, loaded.plan, place()
    proxies = proxies_of(plan.origins, environment, read_file)
    confined = Confined(
        data=str(data),
        edges=edges,
        is_merged=plan.edge.custody is Custody.MERGED,
        needs_egress=needs_egress(config, plan),
        dialled=dialled_of(config, plan, proxies),
        code=code_places(library_places(Role.SUPERVISOR)) if sealed is None else (),
    )
    found = parts_of(sealed) if parts is None else parts
    return statement(outside_of(config, plan, data, proxies), confined, found, look(), sealed)
