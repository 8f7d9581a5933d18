"""Find the value behind a secret reference: `env://NAME`, `file:///path`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from narrowgate.adapters.secrets.secret import Secret

_LIMIT_BYTES = 65_536


class SecretUnavailable(Exception):
    """A reference leads nowhere; the message names the reference, never a value."""


def resolve(reference: str, environment: Mapping[str, str], read: Callable[[Path], bytes] = Path.read_bytes) -> Secret:
    """Return the secret that `reference` names.

    Raises:
        SecretUnavailable: unknown scheme, nothing there, or what is there cannot be a header value.
    """
    scheme, separator, rest = reference.partition("://")
    if not separator:
        raise SecretUnavailable("a secret is given as a reference: env://NAME or file:///path")
    if scheme == "env":
        value = environment.get(rest, "")
        if not value:
            raise SecretUnavailable(f"'{reference}': the environment variable is not set; set it, or remove the entry")
    elif scheme == "file":
        value = _from_file(reference, Path(rest), read)
    else:
        raise SecretUnavailable(f"'{scheme}://…' is not a kind of secret reference; known: env, file")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value) or not value.isascii():  # noqa: PLR2004
        raise SecretUnavailable(f"'{reference}': the value has control characters or is not ASCII")
    return Secret(value)


def _from_file(reference: str, path: Path, read: Callable[[Path], bytes]) -> str:
    if not path.is_absolute():
        raise SecretUnavailable(f"'{reference}': the path must be absolute, as in file:///run/secrets/key")
    try:
        data = read(path)
    except OSError as error:
        raise SecretUnavailable(f"'{reference}': {(error.strerror or 'cannot be read').lower()}") from None
    if not data.strip() or len(data) > _LIMIT_BYTES:
        raise SecretUnavailable(f"'{reference}': the file is empty or over {_LIMIT_BYTES} bytes")
    return data.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
