"""Who calls: a virtual key made ready for the hot path."""

from collections.abc import Sequence

from narrowgate.identity.keys import VirtualKey
from narrowgate.pipeline.target import Target
from narrowgate.policy.routing.resolve import matches

_LIMIT = 4_096


class Principal:
    """A virtual key and what has been found out about it."""

    __slots__ = ("_allowed", "has_limits", "key")

    def __init__(self, key: VirtualKey) -> None:
        self.key = key
        self.has_limits = key.budget_usd_e9 is not None or key.rpm is not None
        self._allowed: dict[tuple[str, str], bool] = {}

    def may_use(self, name: str, target: Target) -> bool:
        """Whether the key's allow lists admit `name`, which leads to `target`."""
        key = self.key
        if not key.models and not key.providers:
            return True
        pair = (name, target.name)
        allowed = self._allowed.get(pair)
        if allowed is None:
            if len(self._allowed) >= _LIMIT:
                self._allowed.clear()
            by_model = not key.models or any(
                matches(pattern, candidate) for pattern in key.models for candidate in (name, target.name, target.model)
            )
            allowed = self._allowed[pair] = by_model and self.may_reach(target.provider.name)
        return allowed

    def may_reach(self, provider: str) -> bool:
        """Whether the key's list of providers admits this one, whatever model is asked for."""
        return not self.key.providers or any(matches(pattern, provider) for pattern in self.key.providers)


class Principals:
    """All virtual keys by digest; replaced as a whole."""

    def __init__(self, keys: Sequence[VirtualKey]) -> None:
        self._by_digest = {bytes.fromhex(key.digest): Principal(key) for key in keys}
        self._by_id = {principal.key.id: principal for principal in self._by_digest.values()}

    def find(self, digest: bytes) -> Principal | None:
        """Return the principal whose key has this digest."""
        return self._by_digest.get(digest)

    def named(self, key_id: str) -> Principal | None:
        """Return the principal whose key has this id; that a caller knows the id proves nothing."""
        return self._by_id.get(key_id)

    def __len__(self) -> int:
        return len(self._by_digest)
