"""Pictures asked for as OpenAI's clients do.

Source: https://platform.openai.com/docs/api-reference/images/create (read 2026-11).
"""

import msgspec


class ImageRequest(msgspec.Struct):
    """`/v1/images/generations`, what all models of OpenAI's know."""

    prompt: str
    n: int | None = None
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    response_format: str | None = None
    user: str | None = None
    stream: bool | None = None
