"""Targets that a person has taken out of service, as control tells the edges."""

import msgspec


class Bench(msgspec.Struct, frozen=True):
    """One target (`provider/model`) that is not to be asked until then; `key` names one of its keys, None all.

    `until_ms` is Unix time in ms.
    """

    target: str
    key: str | None
    until_ms: int
    why: str

    def means(self, target: str, key: str) -> bool:
        """Whether it is about this target with this key."""
        return self.target == target and self.key in {None, key}


class Benches(msgspec.Struct, frozen=True):
    """All that are benched, and of those that no longer are, the ones a person wants asked again at once."""

    benches: tuple[Bench, ...] = ()
    lifted: tuple[Bench, ...] = ()


DECODER = msgspec.msgpack.Decoder(Benches)
