"""A secret value that shows itself to nobody who does not ask for it by name."""

from typing import NoReturn

_SHOWN = "<secret>"


class Secret:
    """Holds a secret. Its repr, str and format are `<secret>`; it cannot be pickled, copied or made bytes."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value. Never log it, never put it into an exception."""
        return self.__value

    def __repr__(self) -> str:
        return _SHOWN

    def __format__(self, _spec: str) -> str:
        return _SHOWN

    def __bytes__(self) -> NoReturn:
        raise TypeError("a secret has no bytes; call reveal()")

    def __copy__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("a secret cannot be copied")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret cannot be pickled")
