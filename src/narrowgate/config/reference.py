"""What a secret reference looks like: `env://NAME`, `file:///path`."""

import re

# Each has its resolver in `adapters/secrets/references.py`; a test holds the two together.
SCHEMES = ("env", "file")
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*://.")


def has_scheme(text: str) -> bool:
    """Whether `text` is written as a reference, of a known scheme or not."""
    return _SCHEME.match(text) is not None


def is_reference(text: str) -> bool:
    """Whether `text` is a reference of a known scheme. `https://…` as a header's value is none."""
    return has_scheme(text) and text.partition("://")[0] in SCHEMES
