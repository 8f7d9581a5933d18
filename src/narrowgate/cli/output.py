"""How commands print: JSON for programs, aligned columns for people."""

from collections.abc import Sequence

import msgspec

_E9 = 1_000_000_000


def print_json(value: object) -> None:
    """Print `value` as indented JSON, one document."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with their columns aligned, two spaces apart, without trailing ones."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def usd(amount_e9: int) -> str:
    """Return 1e-9 USD as decimal USD, exact, with two decimals at least."""
    whole, rest = divmod(amount_e9, _E9)
    return f"{whole}.{f'{rest:09}'.rstrip('0').ljust(2, '0')}"


def visible(text: str) -> str:
    """Return `text` without what could steer a terminal; line breaks and tabs stay."""
    return "".join(letter for letter in text if letter.isprintable() or letter in "\n\t")
