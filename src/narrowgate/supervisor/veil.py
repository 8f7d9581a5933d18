"""Stand-ins for secrets: as long as what they stand for, and turned back only where keys belong. Standard library only.

The supervisor reads the configuration with third-party code, so it works with stand-ins; the launcher,
which has none, puts the secrets in the place of them when it starts the egress.
"""

import re
import string
from collections.abc import Callable, Mapping

# Shorter ones could be found by chance among other bytes, and are no secrets worth the name.
_SHORTEST = 8
# Written in JSON as it is, so that nothing changes its length.
_PLAIN = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")
_LETTERS = string.ascii_letters + string.digits
# What says where and how, and is needed as it is.
_OPEN_NAMES = re.compile(
    r"NARROWGATE_\w+|PATH|HOME|LANG|LC_\w+|TZ|TERM|USER|PWD|XDG_\w+|GOOGLE_APPLICATION_CREDENTIALS"
    r"|\w+_(?:HOST|REGION|LOCATION|PROJECT|FILE|ARN|URI|TENANT_ID|CLIENT_ID|VERSION|DEPLOYMENT)"
)
_URL = re.compile(r"(?P<before>https?://(?:[^/?#@:]*:)?)(?P<secret>[^/?#@]+)(?P<after>@.*)", re.DOTALL)


class Veil:
    """Keeps what each stand-in stands for. `chance` returns that many random bytes."""

    def __init__(self, chance: Callable[[int], bytes]) -> None:
        self._chance = chance
        self._known: dict[str, str] = {}

    def __repr__(self) -> str:
        return "<veil>"

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the environment with stand-ins for all values but those that say where and how."""
        return {name: value if _OPEN_NAMES.fullmatch(name) else self.text(value) for name, value in environment.items()}

    def text(self, value: str) -> str:
        """Return a stand-in for `value`, the same one each time; a URL keeps all but its password."""
        url = _URL.fullmatch(value)
        if url is not None:
            return url["before"] + self.text(url["secret"]) + url["after"]
        if value.startswith(("http://", "https://")):
            return value
        core = value.rstrip("\r\n")
        if len(core) < _SHORTEST or not _PLAIN.fullmatch(core):
            return value
        if core not in self._known:
            drawn = self._chance(len(core))
            self._known[core] = "".join(_LETTERS[byte % len(_LETTERS)] for byte in drawn)
        return self._known[core] + value[len(core) :]

    def lift(self, data: bytes) -> bytes:
        """Return `data` with the secrets in the place of their stand-ins; its length stays."""
        for secret, stand_in in self._known.items():
            data = data.replace(stand_in.encode(), secret.encode())
        return data
