"""How long a provider asks to be left alone, in whatever way it says so.

Sources: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, https://platform.openai.com/docs/guides/rate-limits,
https://console.groq.com/docs/rate-limits, https://docs.claude.com/en/api/rate-limits,
https://openrouter.ai/docs/api-reference/limits (read 2026-11).
"""

import re
from collections.abc import Iterator, Mapping

from narrowgate.wire.instant import unix_of_http_date, unix_of_rfc3339

_NUMBER = re.compile(rb"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_DURATION = re.compile(rb"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d+)?)s)?(?:(\d{1,9})ms)?")
_UNIT_MS = (86_400_000, 3_600_000, 60_000, 1_000, 1)
# Pairs of what is left and when that starts anew. Only where nothing is left does the time matter.
_RESETS = tuple(
    (f"{name}-remaining{kind}".encode(), f"{name}-reset{kind}".encode())
    for name in ("x-ratelimit", "ratelimit")
    for kind in ("", "-requests", "-tokens")
) + tuple(
    (f"anthropic-ratelimit-{kind}-remaining".encode(), f"anthropic-ratelimit-{kind}-reset".encode())
    for kind in ("requests", "tokens", "input-tokens", "output-tokens")
)
_YEAR_MS = 365 * 86_400_000


def asked_wait_ms(fields: Mapping[bytes, bytes], unix_ms: int) -> int | None:
    """Return how many milliseconds from `unix_ms` the header `fields` of a refusal ask to wait, None if they do not.

    `retry-after-ms` and `retry-after` (seconds or a date) come before the resets of limits.
    """
    exact = fields.get(b"retry-after-ms", b"").strip()
    if _NUMBER.fullmatch(exact):
        return _bounded(float(exact))
    after = fields.get(b"retry-after", b"").strip()
    if _NUMBER.fullmatch(after):
        return _bounded(float(after) * 1_000)
    moment = unix_of_http_date(after.decode("latin-1")) if after else None
    if moment is not None:
        return _bounded(moment * 1_000 - unix_ms)
    return max(_resets(fields, unix_ms), default=None)


def _resets(fields: Mapping[bytes, bytes], unix_ms: int) -> Iterator[int]:
    for left, reset in _RESETS:
        if reset in fields and fields.get(left, b"").strip() in {b"0", b"0.0"}:
            wait = _until(fields[reset].strip(), unix_ms)
            if wait is not None:
                yield wait


def _until(text: bytes, unix_ms: int) -> int | None:
    """Return the wait that a reset names: a duration (1m3.5s), seconds, or a moment as Unix time or RFC 3339."""
    if _NUMBER.fullmatch(text):
        value = float(text)
        if value > 1e11:
            return _bounded(value - unix_ms)
        return _bounded(value * 1_000 - unix_ms if value > 1e8 else value * 1_000)
    match = _DURATION.fullmatch(text)
    if text and match is not None:
        return _bounded(sum(float(part) * unit for part, unit in zip(match.groups(), _UNIT_MS, strict=True) if part))
    moment = unix_of_rfc3339(text.decode("latin-1"))
    return None if moment is None else _bounded(moment * 1_000 - unix_ms)


def _bounded(wait_ms: float) -> int:
    return int(min(max(wait_ms, 0), _YEAR_MS))
