"""What an upgrade gained and lost: two inventories, compared distribution by distribution."""

from collections.abc import Iterable, Iterator
from enum import Enum

import msgspec

from narrowgate.supply.distribution import Distribution, Form, Inventory
from narrowgate.supply.findings import Finding, Reach, Weight, ranked, strongest

_SHOWN = 4
_SCRIPT_FOLDERS = ("bin/", "Scripts/", "../")


class Kind(Enum):
    """What happened to a distribution, or to its reach."""

    ADDED = "added"
    REMOVED = "removed"
    UPGRADED = "upgraded"
    ALTERED = "altered"
    GAINS = "gains"
    LOSES = "loses"


class Change(msgspec.Struct, frozen=True):
    """One difference; `str()` of it is one line.

    `whats` are the pieces of evidence, `place` is where the first stands.
    """

    kind: Kind
    name: str
    old_version: str
    new_version: str
    weight: Weight = Weight.NOTE
    reach: Reach | None = None
    at_import: bool = False
    whats: tuple[str, ...] = ()
    place: str = ""
    says: str = ""

    @property
    def is_gain(self) -> bool:
        """Whether it is evidence that is new."""
        return self.kind is Kind.GAINS and self.reach is not None

    def __str__(self) -> str:
        """Return the line."""
        return f"{self._who()}: {self.says}" if self.says else f"{self._who()}: {self.kind.value} {self._reach()}"

    def _who(self) -> str:
        versions = [version for version in (self.old_version, self.new_version) if version]
        return " ".join([self.name, " → ".join(dict.fromkeys(versions))]).strip()

    def _reach(self) -> str:
        assert self.reach is not None
        shown = ", ".join(self.whats[:_SHOWN])
        more = f" and {len(self.whats) - _SHOWN} more" if len(self.whats) > _SHOWN else ""
        when = " at import" if self.at_import else ""
        return f"{self.reach.value}{when} ({shown}{more}) in {self.place}"


def differences(old: Inventory, new: Inventory) -> list[Change]:
    """Return what changed from one inventory to another, what is gained first and the gravest first of that."""
    before = {one.name: one for one in old.distributions}
    after = {one.name: one for one in new.distributions}
    found: list[Change] = []
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None and other is not None:
            found += _added(other)
        elif other is None and one is not None:
            found.append(Change(Kind.REMOVED, name, one.version, "", says="is gone"))
        elif one is not None and other is not None:
            found += _changed(one, other)
    order = [Kind.ALTERED, Kind.ADDED, Kind.GAINS, Kind.UPGRADED, Kind.LOSES, Kind.REMOVED]
    return sorted(found, key=lambda change: (-change.weight.value, order.index(change.kind), not change.at_import))


def gains(old: Distribution, new: Distribution) -> tuple[Finding, ...]:
    """Return the evidence in `new` of what `old` does not do, or not at import."""
    had = {(finding.reach, finding.what) for finding in old.findings}
    had_at_import = {(finding.reach, finding.what) for finding in old.findings if finding.at_import}
    return tuple(
        finding
        for finding in new.findings
        if (finding.reach, finding.what) not in (had_at_import if finding.at_import else had)
    )


def _added(new: Distribution) -> Iterator[Change]:
    by = f", pulled in by {', '.join(new.wanted_by[:_SHOWN])}" if new.wanted_by else ""
    reach = ", ".join(sorted(one.value for one in new.reach))
    says = f"is new{by}; reaches {reach or 'nothing that can be seen'}"
    if new.form is Form.LOCKED:
        says = f"is new{by}; what it reaches is not known, since no files of it were at hand"
    yield Change(Kind.ADDED, new.name, "", new.version, strongest(new.findings), says=says)
    alarming = [finding for finding in new.findings if finding.weight is not Weight.NOTE]
    yield from _grouped(Kind.GAINS, "", new, alarming)


def _changed(old: Distribution, new: Distribution) -> Iterator[Change]:
    if Form.LOCKED in {old.form, new.form}:
        if old.version != new.version:
            says = "is another version; what it reaches cannot be compared without files of both"
            yield Change(Kind.UPGRADED, new.name, old.version, new.version, says=says)
        return
    gained = gains(old, new)
    lost = gains(new, old)
    yield from _grouped(Kind.GAINS, old.version, new, gained)
    yield from _grouped(
        Kind.LOSES, old.version, new, [msgspec.structs.replace(one, weight=Weight.NOTE) for one in lost]
    )
    if commands := sorted(set(new.commands) - set(old.commands)):
        says = f"gains commands ({', '.join(commands[:_SHOWN])})"
        yield Change(Kind.GAINS, new.name, old.version, new.version, says=says)
    if old.version == new.version:
        if altered := _altered(old, new):
            says = f"has the same version and other contents ({', '.join(altered[:_SHOWN])})"
            yield Change(Kind.ALTERED, new.name, old.version, new.version, Weight.ALARM, says=says)
    elif not gained and not lost:
        yield Change(Kind.UPGRADED, new.name, old.version, new.version, says="reaches what it did")


def _grouped(kind: Kind, old_version: str, new: Distribution, findings: Iterable[Finding]) -> Iterator[Change]:
    groups: dict[tuple[Reach, bool], list[Finding]] = {}
    for finding in ranked(tuple(findings)):
        groups.setdefault((finding.reach, finding.at_import), []).append(finding)
    for (reach, at_import), group in groups.items():
        whats = tuple(dict.fromkeys(finding.what for finding in group))
        weight = strongest(tuple(group))
        yield Change(kind, new.name, old_version, new.version, weight, reach, at_import, whats, group[0].place)


def _altered(old: Distribution, new: Distribution) -> list[str]:
    """Return the files of one version that differ; those that installers write themselves are left out."""
    one = {file.path: file.sha256 for file in old.files}
    return [
        file.path
        for file in new.files
        if one.get(file.path, file.sha256) != file.sha256
        and ".dist-info/" not in file.path
        and not file.path.startswith(_SCRIPT_FOLDERS)
        and not file.path.endswith(".pyc")
    ]
