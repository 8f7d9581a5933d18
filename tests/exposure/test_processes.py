"""What is told of processes is what their filters and openings leave them."""

from narrowgate.exposure.processes import Confined, Holding, ProcessView, openings_for, powers_of, process_views
from narrowgate.sandbox.landlock import Openings
from narrowgate.sandbox.profile import PROFILES, Role
from narrowgate.supervisor.grants import DIALLING

DIALLED = Openings(("/etc/resolv.conf",), (), frozenset({443, 53}))
SPLIT = Confined("/data", 3, is_merged=False, needs_egress=True, dialled=DIALLED, code=("/code",))
MERGED = Confined("/data", 1, is_merged=True, needs_egress=True, dialled=DIALLED)


def views(confined: Confined) -> dict[str, ProcessView]:
    return {one.name: one for one in process_views(confined)}


def test_the_processes_are_those_of_the_custody() -> None:
    assert list(views(SPLIT)) == ["launcher", "supervisor", "egress", "edge", "control", "recorder"]
    assert list(views(MERGED)) == ["launcher", "supervisor", "edge", "control", "recorder"]
    nobody = Confined("/data", 1, is_merged=False, needs_egress=False, dialled=Openings())
    assert "egress" not in views(nobody)
    assert views(SPLIT)["edge"].count == 3


def test_keys_are_where_no_code_of_others_is() -> None:
    for one in process_views(SPLIT):
        if {Holding.PROVIDER_KEYS, Holding.SECRETS} & set(one.holds):
            assert not one.loads, one.name
    assert Holding.PROVIDER_KEYS in views(MERGED)["edge"].holds
    assert views(MERGED)["edge"].loads


def test_only_who_dials_has_ports() -> None:
    assert {name for name, one in views(SPLIT).items() if one.ports} == {"egress"}
    assert views(SPLIT)["egress"].ports == (53, 443)
    assert views(MERGED)["edge"].ports == (53, 443)


def test_paths_are_those_that_are_left_open() -> None:
    found = views(SPLIT)
    assert found["edge"].reads == found["edge"].writes == ()
    assert found["control"].writes == ("/data",)
    assert found["control"].reads == ("/data", "/dev/urandom")
    assert "/code" in found["supervisor"].reads
    assert {name for name, one in found.items() if one.writes} == {"supervisor", "control", "recorder"}
    assert openings_for(Role.MERGED_EDGE, MERGED) == DIALLED


def test_powers_are_read_from_the_filters() -> None:
    powers = {role: set(powers_of(profile)) for role, profile in PROFILES.items()}
    assert powers[Role.EDGE] == {"accept"}
    assert {role for role, had in powers.items() if "connect" in had} == set(DIALLING)
    assert not [role for role, had in powers.items() if had & {"start programs", "listen on addresses"}]
    assert "write files" not in powers[Role.EGRESS]
    assert "start programs" in views(SPLIT)["launcher"].may
    assert views(SPLIT)["launcher"].system_calls is None
