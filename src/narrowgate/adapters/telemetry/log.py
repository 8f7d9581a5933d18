"""Log lines on standard error, for people or as JSON, one write a line."""

import json
import os
import sys
from collections.abc import Callable

from narrowgate.config.schema import LogFormat

_LEVELS = {"info": "INFO ", "warning": "WARN ", "error": "ERROR"}


class Log:
    """Writes lines of a level, a sentence and fields. Callers never pass secrets or prompts."""

    def __init__(self, role: str, style: LogFormat, now_ms: Callable[[], int]) -> None:
        self._role = role
        self._is_json = style is LogFormat.JSON
        self._now_ms = now_ms

    def info(self, sentence: str, **fields: object) -> None:
        """Something a reader may want to know."""
        self._write("info", sentence, fields)

    def warning(self, sentence: str, **fields: object) -> None:
        """Something that needs attention some time."""
        self._write("warning", sentence, fields)

    def error(self, sentence: str, **fields: object) -> None:
        """Something that needs attention now."""
        self._write("error", sentence, fields)

    def _write(self, level: str, sentence: str, fields: dict[str, object]) -> None:
        now_ms = self._now_ms()
        seconds, ms = divmod(now_ms, 1_000)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        stamp = f"{hours % 24:02}:{minute:02}:{second:02}.{ms:03}"
        if self._is_json:
            line = json.dumps({"time_ms": now_ms, "level": level, "role": self._role, "message": sentence, **fields})
        else:
            rest = "".join(f" {name}={_shown(value)}" for name, value in fields.items())
            line = f"{stamp} {_LEVELS[level]} {self._role:<10} {sentence}{rest}"
        try:
            os.write(sys.stderr.fileno(), line.encode("utf-8", "backslashreplace").replace(b"\n", b"\\n") + b"\n")
        except OSError:
            return  # nobody reads the log; the gateway goes on


def _shown(value: object) -> str:
    text = str(value)
    return json.dumps(text) if any(letter in text for letter in ' "=\n') or not text else text
