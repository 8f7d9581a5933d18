"""What dependencies may reach, as a project commits it to `deps-policy.toml`, and whether they keep to it."""

import fnmatch
import tomllib
from collections.abc import Iterator

import msgspec

from narrowgate.supply.distribution import Distribution, Form, Inventory, normal_name
from narrowgate.supply.findings import Finding, Reach, Weight, ranked

_WORDS = {reach.value for reach in Reach}
_SHOWN = 4


class PolicyError(Exception):
    """The file is no policy; the message says where and what to do."""


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one distribution may reach.

    An entry is a kind of reach (`network`), or a kind and what exactly (`network:socket.*`). `may` is
    for all findings, `at_import` for those that an import brings about, `accept` for alarms, which
    nothing else allows.
    """

    why: str = ""
    may: tuple[str, ...] = ()
    at_import: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. What it does not name is not allowed at all."""

    distributions: dict[str, Allowed] = {}
    most_distributions: int | None = None


class Breach(msgspec.Struct, frozen=True):
    """One way in which a closure goes beyond its policy; `findings` are the evidence, the gravest first."""

    name: str
    version: str
    says: str
    fix: str
    findings: tuple[Finding, ...] = ()

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.name} {self.version}".rstrip() + f" {self.says}; {self.fix}"


def read_policy(text: str) -> Policy:
    """Return a policy.

    Raises:
        PolicyError: it is not TOML, or says something that policies cannot say.
    """
    try:
        policy = msgspec.convert(tomllib.loads(text), Policy)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise PolicyError(str(error)) from error
    for name, allowed in policy.distributions.items():
        for key, entries in (("may", allowed.may), ("at_import", allowed.at_import), ("accept", allowed.accept)):
            for entry in entries:
                if (word := entry.partition(":")[0]) not in _WORDS:
                    kinds = ", ".join(sorted(_WORDS))
                    message = f"distributions.{name}.{key}: '{word}' is not one of {kinds}"
                    raise PolicyError(message)
    named = {normal_name(name): allowed for name, allowed in policy.distributions.items()}
    return msgspec.structs.replace(policy, distributions=named)


def breaches(inventory: Inventory, policy: Policy) -> list[Breach]:
    """Return everything in which an inventory goes beyond a policy; none when it keeps to it."""
    found = []
    most, count = policy.most_distributions, len(inventory.distributions)
    if most is not None and count > most:
        says = f"has {count} distributions, and most_distributions is {most}"
        found.append(Breach(inventory.place, "", says, "remove what was added, or raise the bound"))
    for one in inventory.distributions:
        allowed = policy.distributions.get(one.name)
        if allowed is None:
            reach = ", ".join(sorted(reach.value for reach in one.reach)) or "nothing that can be seen"
            by = f" (pulled in by {', '.join(one.wanted_by)})" if one.wanted_by else ""
            fix = f"remove it, or add [distributions.{_key(one.name)}] with what it may"
            findings = tuple(ranked(one.findings)[:_SHOWN])
            found.append(Breach(one.name, one.version, f"is not in the policy{by}; it reaches {reach}", fix, findings))
        elif one.form is Form.LOCKED:
            fix = "install the lock, or name a folder with its archives (--wheels)"
            found.append(Breach(one.name, one.version, "cannot be checked: no files of it are at hand", fix))
        else:
            found += _beyond(one, allowed)
    return found


def policy_text(inventory: Inventory) -> str:
    """Return a policy that allows what an inventory reaches today, alarms left out, to be gone through by hand."""
    lines = [
        "# What each dependency may reach. `narrowgate deps check` fails when one reaches more.",
        f"most_distributions = {len(inventory.distributions)}",
    ]
    for one in inventory.distributions:
        counted = [finding for finding in one.findings if _counts(finding) and finding.weight is not Weight.ALARM]
        kinds = sorted({finding.reach.value for finding in counted})
        kinds_at_import = sorted({finding.reach.value for finding in counted if finding.at_import})
        lines += ["", f"[distributions.{_key(one.name)}]", 'why = ""', f"may = {_list(kinds)}"]
        lines += [f"at_import = {_list(kinds_at_import)}"] if kinds_at_import else []
    return "\n".join([*lines, ""])


def _beyond(one: Distribution, allowed: Allowed) -> Iterator[Breach]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in ranked(one.findings):
        if not _counts(finding):
            continue
        if finding.weight is Weight.ALARM:
            if not _covers(allowed.accept, finding):
                groups.setdefault(("accept", finding.reach.value), []).append(finding)
        elif not _covers(allowed.may, finding):
            groups.setdefault(("may", finding.reach.value), []).append(finding)
        elif finding.at_import and not _covers(allowed.at_import, finding):
            groups.setdefault(("at_import", finding.reach.value), []).append(finding)
    for (key, reach), findings in groups.items():
        whats = list(dict.fromkeys(finding.what for finding in findings))
        shown = ", ".join(whats[:_SHOWN]) + (f" and {len(whats) - _SHOWN} more" if len(whats) > _SHOWN else "")
        when = " at import" if key == "at_import" else ""
        says = f"reaches {reach}{when} ({shown}) in {findings[0].place}, which the policy does not allow"
        if key == "accept":
            says = f"raises an alarm: {reach} ({shown}) in {findings[0].place}"
        entry = f"{reach}:{whats[0]}" if key == "accept" else reach
        fix = f"go back to the version that did not, or add '{entry}' to distributions.{_key(one.name)}.{key}"
        yield Breach(one.name, one.version, says, fix, tuple(findings))


def _counts(finding: Finding) -> bool:
    """Whether a finding is reach: not, that a file is gone, or that a text is long."""
    return finding.weight is not Weight.NOTE or finding.reach not in {Reach.UNRECORDED, Reach.HIDDEN}


def _covers(entries: tuple[str, ...], finding: Finding) -> bool:
    for entry in entries:
        kind, has_what, what = entry.partition(":")
        if kind != finding.reach.value:
            continue
        if not has_what or finding.what == what.strip() or fnmatch.fnmatchcase(finding.what, what.strip()):
            return True
    return False


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'


def _list(words: list[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
