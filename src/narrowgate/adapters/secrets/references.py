"""Find the value behind a secret reference: `env://NAME`, `file:///path`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from narrowgate.adapters.secrets.secret import Secret

LIMIT_BYTES = 65_536
_Read = Callable[[Path], bytes]


class SecretUnavailable(Exception):
    """A reference leads nowhere. `problem` and `fix` name the reference, never a value."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}; {fix}")
        self.problem = problem
        self.fix = fix


def read_start(path: Path) -> bytes:
    """Return the content of a file, one byte over the limit at most."""
    with path.open("rb") as file:
        return file.read(LIMIT_BYTES + 1)


def resolve(reference: str, environment: Mapping[str, str], read_file: _Read = read_start) -> Secret:
    """Return the secret that `reference` names.

    Raises:
        SecretUnavailable: unknown scheme, nothing there, or what is there cannot be a header value.
    """
    value = resolve_document(reference, environment, read_file)
    if any(letter < " " or letter > "~" for letter in value):
        problem = f"'{reference}' holds line breaks, control characters or letters that are not ASCII"
        raise SecretUnavailable(problem, "put the secret alone there, on one line")
    return Secret(value)


def resolve_document(reference: str, environment: Mapping[str, str], read_file: _Read = read_start) -> str:
    """Return the text that `reference` names, of any number of lines: a key file, a certificate.

    Raises:
        SecretUnavailable: unknown scheme, or nothing there.
    """
    scheme, separator, rest = reference.partition("://")
    if not separator:  # it may be the secret itself: not a word of it
        raise SecretUnavailable("is not a reference to a secret", "write env://NAME or file:///path")
    find = RESOLVERS.get(scheme)
    if find is None:
        known = ", ".join(f"{name}://" for name in RESOLVERS)
        raise SecretUnavailable("is a reference of a kind that is not known", f"known are {known}")
    value = find(rest, environment, read_file)
    if not value.strip():
        raise SecretUnavailable(f"'{reference}' is empty", "put the secret there")
    if len(value) > LIMIT_BYTES:
        raise SecretUnavailable(f"'{reference}' is longer than {LIMIT_BYTES:_} bytes", "put the secret alone there")
    return value


def _from_environment(name: str, environment: Mapping[str, str], _read_file: _Read) -> str:
    value = environment.get(name)
    if value is None:
        raise SecretUnavailable(f"'env://{name}' is not set", f"set {name} in the environment of the gateway")
    return value.removesuffix("\n")


def _from_file(path: str, _environment: Mapping[str, str], read_file: _Read) -> str:
    if not path.startswith("/") or "\0" in path:
        raise SecretUnavailable(f"'file://{path}' is not an absolute path", "write it as file:///run/secrets/key")
    try:
        data = read_file(Path(path))
    except OSError as error:
        problem = f"'file://{path}' cannot be read: {(error.strerror or type(error).__name__).lower()}"
        raise SecretUnavailable(problem, "name a file the gateway may read") from None
    # What is not ASCII is refused later; Latin-1 keeps one character a byte until then.
    return data.decode("latin-1").removesuffix("\n").removesuffix("\r")


RESOLVERS: Mapping[str, Callable[[str, Mapping[str, str], _Read], str]] = {
    "env": _from_environment,
    "file": _from_file,
}
