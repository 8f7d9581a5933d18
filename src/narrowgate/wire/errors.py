"""What is raised when bytes are not what they should be."""


class WireError(Exception):
    """Bytes that are not what they should be; the message is for whoever sent them.

    `path` is the JSON path or the name of the field that is wrong, None when it is the whole.
    """

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path
