"""A provider's own form for a call that is no conversation. Pure.

The gateway's form is OpenAI's; of rankings, which OpenAI has not, it is Cohere's version 1 and Jina's.
"""

from typing import Protocol

import msgspec

from narrowgate.model.conversation import Inexpressible
from narrowgate.wire.form_body import FormBody


class Prepared(msgspec.Struct, frozen=True):
    """A request as the provider wants it.

    `suffix` follows the operation's path and `query` its query, both percent-encoded; `headers` are constants
    of the provider; `inexpressible` names by the client's own fields what had no place. `count_header` is the answer's
    header (in lower case) with the number of tokens that went in, b"" where the answer's body tells.
    """

    body: bytes
    content_type: bytes = b"application/json"
    suffix: str = ""
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    inexpressible: tuple[Inexpressible, ...] = ()
    count_header: bytes = b""


class Answered(msgspec.Struct, frozen=True):
    """A whole answer in the gateway's form."""

    body: bytes
    content_type: bytes = b"application/json"


class Service(Protocol):
    """One operation at one provider, asked with JSON. Stateless."""

    @property
    def passes(self) -> bool:
        """Whether answers go on as they come: sound, which is the same everywhere."""

    def to_wire(self, asked: bytes, model: str) -> Prepared:
        """Return the client's body for `model`, the provider's name of it.

        Raises:
            WireError: the body is not what the gateway's form says; with the path of what is wrong.
        """

    def from_wire(self, answer: bytes, asked: bytes) -> Answered:
        """Return what a whole answer says to the client's body `asked`.

        Raises:
            WireError: the answer is not what the provider documents.
            Failed: it is an error in spite of its status.
        """


class FormService(Protocol):
    """One operation at one provider, asked with a form that holds a file. Stateless."""

    def to_wire(self, asked: FormBody, model: str) -> Prepared:
        """As of `Service`."""

    def from_wire(self, answer: bytes, asked: FormBody) -> Answered:
        """As of `Service`."""
