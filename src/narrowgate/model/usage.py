"""How many tokens a call used, in one normal form for every provider."""

from typing import Annotated

import msgspec

# What a database column holds.
Count = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class Usage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Token counts of one call; every token is in exactly one field.

    `cache_read` and `cache_write` are not in `input_text`, reasoning is not in `output_text`,
    audio and image tokens are not in the text fields. `cache_write` are for five minutes or whatever is the
    provider's usual time, `cache_write_1h` for an hour, which costs more. Counts are never negative. Encoded as an
    array, so fields are only ever added at the end.
    """

    input_text: Count = 0
    cache_read: Count = 0
    cache_write: Count = 0
    input_audio: Count = 0
    input_image: Count = 0
    output_text: Count = 0
    reasoning: Count = 0
    output_audio: Count = 0
    output_image: Count = 0
    cache_write_1h: Count = 0

    @property
    def input_total(self) -> int:
        """All tokens that went in."""
        return self.input_text + self.cache_read + self.cache_write_total + self.input_audio + self.input_image

    @property
    def cache_write_total(self) -> int:
        """All tokens that went into a cache, for however long."""
        return self.cache_write + self.cache_write_1h

    @property
    def output_total(self) -> int:
        """All tokens that came out."""
        return self.output_text + self.reasoning + self.output_audio + self.output_image
