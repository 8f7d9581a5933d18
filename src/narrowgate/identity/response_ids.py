"""Names of stored responses that say who made them and for which key, so that no table has to remember it.

A provider's own id goes to the client as `resp_ng1~<proof>~<provider>~<its key's name>~<id>`. The proof is bound to
the client's key: an id of another key's, or one that a client made up, leads nowhere.
"""

import re
from hashlib import blake2s
from typing import NamedTuple

_TAG = "resp_ng1"
_TEXT = re.compile(r"resp_ng1~([0-9a-f]{32})~([A-Za-z0-9._-]{1,64})~([A-Za-z0-9._-]{0,64})~([\x21-\x7d]{1,512})")


class StoredResponse(NamedTuple):
    """A response as its provider knows it. `key_name` is of the provider's key that made it: its account keeps it."""

    provider: str
    key_name: str
    id: str


class ResponseIds:
    """Makes and reads these names with the installation's `secret` (32 bytes), which every edge has."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __repr__(self) -> str:
        return "<response ids>"

    def wrap(self, stored: StoredResponse, key_id: str) -> str:
        """Return the name that the client with `key_id` is told."""
        return "~".join((_TAG, self._proof(stored, key_id), *stored))

    def unwrap(self, text: str, key_id: str) -> StoredResponse | None:
        """Return what a name stands for, None when it is none of this key's."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        stored = StoredResponse(match[2], match[3], match[4])
        # Nothing is learned from how long this takes: who tries has to guess 128 bits.
        return stored if self._proof(stored, key_id) == match[1] else None

    def _proof(self, stored: StoredResponse, key_id: str) -> str:
        text = "\n".join((key_id, *stored)).encode()
        return blake2s(text, digest_size=16, key=self._secret).hexdigest()
