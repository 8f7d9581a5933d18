"""How many tokens a call used, in one normal form for every provider."""

import msgspec


class Usage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Token counts of one call; every token is in exactly one field.

    `cache_read` and `cache_write` are not in `input_text`, reasoning is not in `output_text`,
    audio and image tokens are not in the text fields. Counts are never negative. Encoded as an
    array, so fields are only ever added at the end.
    """

    input_text: int = 0
    cache_read: int = 0
    cache_write: int = 0
    input_audio: int = 0
    input_image: int = 0
    output_text: int = 0
    reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0

    @property
    def input_total(self) -> int:
        """All tokens that went in."""
        return self.input_text + self.cache_read + self.cache_write + self.input_audio + self.input_image

    @property
    def output_total(self) -> int:
        """All tokens that came out."""
        return self.output_text + self.reasoning + self.output_audio + self.output_image
