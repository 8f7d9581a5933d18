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
    r"|\w+_(?:HOST|(?:DEFAULT_)?REGION(?:_NAME)?|LOCATION|(?:PROJECT|SPACE|TENANT|CLIENT)_ID|PROJECT|FILE|CERTIFICATE_PATH"
    r"|ARN|SESSION_NAME|URI|VERSION|DEPLOYMENT)"
)
# A text in JSON and whether it is a member's name; what says in a document which kind it is and where its token lies.
_IN_JSON = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?', re.DOTALL)
_OPEN_MEMBERS = frozenset({"type", "file"})
# Printable ASCII with quotes escaped: it is put in its place inside JSON again.
_QUOTED = re.compile(r"(?:[ !#-\[\]-~]|\\[\x20-\x7e])+")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END)", re.DOTALL)
_LINE = re.compile(r"[A-Za-z0-9+/=]+")
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
        """Return a stand-in for `value`, the same one each time; a URL keeps all but its password.

        Of a JSON object the texts have one, of a private key in PEM the lines: so it can be read and says nothing.
        """
        url = _URL.fullmatch(value)
        if url is not None:
            return url["before"] + self.text(url["secret"]) + url["after"]
        if value.startswith(("http://", "https://")):
            return value
        core = value.rstrip("\r\n")
        if _PLAIN.fullmatch(core):
            return self._stand_in(core) + value[len(core) :]
        if core.lstrip().startswith("{"):
            return self._document(value)
        return _PRIVATE_KEY.sub(self._key, value)

    def _document(self, value: str) -> str:
        """Return a JSON object with stand-ins for its texts, but for addresses and what says how it is to be read."""
        name = ""

        def seen(match: re.Match[str]) -> str:
            nonlocal name
            inner, colon = match[1], match[2]
            if colon is not None:
                name = inner
                return match[0]
            is_open = name in _OPEN_MEMBERS or inner.startswith(("http://", "https://"))
            return match[0] if is_open or not _QUOTED.fullmatch(inner) else f'"{self._stand_in(inner)}"'

        return _IN_JSON.sub(seen, value)

    def _key(self, match: re.Match[str]) -> str:
        """Return a private key in PEM with stand-ins for its lines; what else is in the file is public."""
        return match[1] + _LINE.sub(lambda line: self._stand_in(line[0]), match[2]) + match[3]

    def _stand_in(self, core: str) -> str:
        if len(core) < _SHORTEST:
            return core
        if core not in self._known:
            drawn = self._chance(len(core))
            self._known[core] = "".join(_LETTERS[byte % len(_LETTERS)] for byte in drawn)
        return self._known[core]

    def lift(self, data: bytes) -> bytes:
        """Return `data` with the secrets in the place of their stand-ins; its length stays."""
        for secret, stand_in in self._known.items():
            data = data.replace(stand_in.encode(), secret.encode())
        return data
