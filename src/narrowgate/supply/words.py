"""Tables of words, written one behind the other."""


def written_out(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())
