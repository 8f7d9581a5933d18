"""Make JSON with half surrogate pairs readable: clients and models cut emojis in two.

JSON allows the escape of a lone surrogate (RFC 8259, section 8.2) and JavaScript writes it for a
string cut in the middle of an emoji; strict readers refuse the whole text.
Source: https://www.rfc-editor.org/rfc/rfc8259#section-8.2 (read 2026-11).
"""

import re

# Escaped backslashes are matched so that `\\ud83d`, which is no escape of a surrogate, is passed over.
_ESCAPE = re.compile(
    rb"\\(?:\\|u[dD](?:[89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|([89a-fA-F][0-9a-fA-F]{2})))"
)
_LIMIT_BYTES = 4 << 20  # half a second for the worst text of this length


def mended(text: bytes) -> bytes | None:
    """Return `text`, of the same length, with U+FFFD for half surrogate pairs; None when it has none.

    For reading only: what is sent on is the original. A text beyond 4 MB is not looked through.
    """
    if len(text) > _LIMIT_BYTES or (b"\\ud" not in text and b"\\uD" not in text):
        return None
    halves = 0

    def whole(match: re.Match[bytes]) -> bytes:
        nonlocal halves
        if match[1] is None:
            return match[0]
        halves += 1
        return b"\\ufffd"

    replaced = _ESCAPE.sub(whole, text)
    return replaced if halves else None
