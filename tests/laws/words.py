"""JSON made of the words that the forms know, for decoders: what is meant and what is nonsense with the right names."""

import importlib
import re
from pathlib import Path

import msgspec
from hypothesis import strategies as st

import narrowgate

_ROOT = Path(narrowgate.__file__).parent
_NAME = re.compile(r"""["']([A-Za-z][A-Za-z0-9_.-]{0,39})["']""")


def _names() -> list[str]:
    """Return all names of members, types and words in the modules that say how providers and clients speak."""
    found: set[str] = set()
    for file in sorted((*(_ROOT / "schemas").rglob("*.py"), *(_ROOT / "providers").rglob("*.py"))):
        found.update(_NAME.findall(file.read_text(encoding="utf-8")))
        name = ".".join(file.relative_to(_ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
        for thing in vars(importlib.import_module(name)).values():
            if isinstance(thing, type) and issubclass(thing, msgspec.Struct):
                found.update(field.encode_name for field in msgspec.structs.fields(thing))
    return sorted(found)


NAMES = _names()
WORDS = st.sampled_from(NAMES)
NUMBERS = st.integers(-(1 << 70), 1 << 70) | st.floats() | st.sampled_from([0, 1, -1, 0.5, 1e300])
LEAVES = st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=20
)
