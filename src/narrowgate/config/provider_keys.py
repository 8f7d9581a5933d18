"""The several keys of a provider: what is wrong with them, and what an edge knows of them."""

import re
from collections.abc import Iterator

from narrowgate.config.complaint import Complaint, item_path, quoted
from narrowgate.config.schema import Provider
from narrowgate.policy.routing.settings import KeyView, Limits

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def key_complaints(entry: Provider, path: str) -> Iterator[Complaint]:
    """Complain about keys that clash, and names and patterns that are none. `path` is the entry's."""
    others = ("api_key", bool(entry.api_key)), ("aws", entry.aws), ("google", entry.google), ("entra", entry.entra)
    other = next((name for name, said in others if said), "")
    if entry.api_keys and other:
        yield Complaint(f"{path}.api_keys", f"has {other} beside it", "keep one of them")
    names = [key.name for key in entry.api_keys]
    for at, key in enumerate(entry.api_keys):
        where = item_path(f"{path}.api_keys", at)
        if _NAME.fullmatch(key.name) is None:
            fix = "use letters, digits, '.', '_' and '-'"
            yield Complaint(f"{where}.name", f"{quoted(key.name)} cannot be a key's name", fix)
        elif key.name in names[:at]:
            yield Complaint(f"{where}.name", f"names {quoted(key.name)} a second time", "choose another")
        if not key.key:
            yield Complaint(f"{where}.key", "is empty", "write env://NAME or file:///path")
        for index, pattern in enumerate(key.models):
            if not pattern or pattern != pattern.strip() or "*" in pattern[:-1]:
                place = item_path(f"{where}.models", index)
                yield Complaint(place, f"{quoted(pattern)} is neither a name nor a pattern", "use '*' at its end only")


def keys_of(entry: Provider) -> tuple[KeyView, ...]:
    """Return the keys, numbered from 0. An entry with one key, or none, has one without a name."""
    return tuple(
        KeyView(key.name, at, key.models, key.weight, Limits(key.rpm, key.tpm, key.max_parallel))
        for at, key in enumerate(entry.api_keys)
    ) or (KeyView("", 0),)
