"""What tokens cost: integer prices, integer costs."""

import msgspec

from narrowgate.model.usage import Usage

_PER = 1_000_000


class Price(msgspec.Struct, frozen=True, gc=False):
    """Prices in 1e-9 USD per million tokens; None where the vendor names none.

    A missing special price falls back to the plain one of its side: cache reads, cache writes,
    audio and image input to `input`, reasoning, audio and image output to `output`; cache writes for an
    hour to `cache_write` first.
    Integers hold every published price exactly (12.5e-9 USD a token is 12_500_000).
    """

    input: int
    output: int
    cache_read: int | None = None
    cache_write: int | None = None
    input_audio: int | None = None
    input_image: int | None = None
    reasoning: int | None = None
    output_audio: int | None = None
    output_image: int | None = None
    cache_write_1h: int | None = None


def cost_usd_e9(usage: Usage, price: Price) -> int:
    """Return what `usage` costs in 1e-9 USD, rounded up once over the whole call."""
    total = usage.input_text * price.input + usage.output_text * price.output
    if usage.cache_read:
        total += usage.cache_read * _or(price.cache_read, price.input)
    if usage.cache_write:
        total += usage.cache_write * _or(price.cache_write, price.input)
    if usage.cache_write_1h:
        total += usage.cache_write_1h * _or(price.cache_write_1h, _or(price.cache_write, price.input))
    if usage.reasoning:
        total += usage.reasoning * _or(price.reasoning, price.output)
    if usage.input_audio:
        total += usage.input_audio * _or(price.input_audio, price.input)
    if usage.input_image:
        total += usage.input_image * _or(price.input_image, price.input)
    if usage.output_audio:
        total += usage.output_audio * _or(price.output_audio, price.output)
    if usage.output_image:
        total += usage.output_image * _or(price.output_image, price.output)
    return -(-total // _PER)


def plain_cost_usd_e9(input_tokens: int, output_tokens: int, price: Price) -> int:
    """Return what plain text costs in 1e-9 USD, rounded up."""
    return -(-(input_tokens * price.input + output_tokens * price.output) // _PER)


def _or(special: int | None, plain: int) -> int:
    return plain if special is None else special
