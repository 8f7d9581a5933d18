"""What a tool gave, as the object Gemini wants.

Source: https://ai.google.dev/api/caching#FunctionResponse (read 2026-11).
"""

import msgspec
from msgspec import Raw

from narrowgate.schemas.gemini_words import object_of


def response_of(texts: list[str], *, is_error: bool) -> Raw:
    """Return `texts`, the words of a result: an object as it is, anything else wrapped.

    An error is wrapped in any case: nothing else says that it is one.
    """
    text = "".join(texts)
    found = object_of(text)
    if is_error:
        return Raw(msgspec.json.encode({"error": found if found is not None else text}))
    return found if found is not None else Raw(msgspec.json.encode({"result": text}))
