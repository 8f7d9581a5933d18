"""A secret value that shows itself to nobody who does not ask for it by name."""


class Secret:
    """Holds a secret. Its repr, str and format are `<secret>`; it cannot be pickled or copied."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the value. Never log it, never put it into an exception."""
        return self.__value

    def __repr__(self) -> str:
        return "<secret>"

    def __format__(self, _spec: str) -> str:
        return "<secret>"

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled or copied")
