"""What a family of providers can do: be asked in its form, and have its answers read. Pure."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from narrowgate.model.conversation import Form, Inexpressible, Request
from narrowgate.model.fault import Fault
from narrowgate.model.reply import Event, Reply


class Outgoing(msgspec.Struct, frozen=True):
    """A request as the provider wants it: JSON body, further header lines, and what had no place in it.

    `headers` are (name, value) without credentials, host, length and content type.
    """

    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    inexpressible: tuple[Inexpressible, ...] = ()


class Variant(msgspec.Struct, frozen=True):
    """A form with other members, so that clients of the form are translated too.

    `renamed` are (OpenAI's name, the provider's), `left_out` members that are said otherwise (by the path),
    `added` members with their text that go with every request. `word_choice_field` is the member for a choice
    of tools that is a word ("" for the usual one).
    """

    renamed: tuple[tuple[str, str], ...] = ()
    left_out: frozenset[str] = frozenset()
    added: tuple[tuple[str, str], ...] = ()
    word_choice_field: str = ""


class Quirks(msgspec.Struct, frozen=True):
    """How one provider deviates from its family, as data; every family reads the ones it knows.

    `max_tokens_field` names the member for the limit of output (OpenAI Chat: "max_tokens" of most
    imitators, "max_completion_tokens" of OpenAI itself). `thinking_field` is the member imitators
    take earlier reasoning back in ("" for none: it is left out). `has_developer` is whether the
    role developer is known. `is_reasoning_outside` when reasoning tokens are not in the output count.
    `unknown` names neutral paths the provider refuses ("sampling.seed", …), `known` those it takes
    though its family does not ("sampling.top_k"). `effort_field` is the member that says how much to
    think (OpenAI Chat: "reasoning_effort", "reasoning" of OpenRouter, "thinking" of DeepSeek and Z.ai,
    "enable_thinking" of Alibaba, "" for none) and `efforts` the words known, from little to much (empty:
    all). `seed_field` is the member for the seed. `document_field` is the type of part that holds a
    document ("file", "document_url" of Mistral, "" for none). `longest_call_id` is the longest id of a
    call in characters; longer ones are replaced, the same ones by the same. `has_call_seals` is whether
    the provider wants Google's signatures back with calls, `takes_urls` whether it fetches pictures
    itself, `has_custom_tools` whether it knows tools of free text, `is_text_joined` whether it takes text
    only as a string and not as a list of parts.
    `default_max_tokens` is the limit of output where the form must
    have one and the client set none (Anthropic). `variant` says which members
    have other names. `is_mended` when chat completions end for reasons in words of their own and calls may have no id:
    clients of that form are then told OpenAI's.
    `is_model_in_path` is Vertex AI's: a Messages body names the version of the API in place of the model.
    """

    max_tokens_field: str = ""
    thinking_field: str = ""
    has_developer: bool = False
    is_reasoning_outside: bool = False
    unknown: frozenset[str] = frozenset()
    default_max_tokens: int = 32_000
    known: frozenset[str] = frozenset()
    effort_field: str = "reasoning_effort"
    efforts: tuple[str, ...] = ()
    seed_field: str = "seed"
    document_field: str = "file"
    longest_call_id: int = 40
    has_video: bool = False
    has_cache_marks: bool = False
    has_call_seals: bool = False
    has_stream_options: bool = True
    is_text_joined: bool = False
    takes_urls: bool = True
    has_custom_tools: bool = False
    variant: Variant | None = None
    is_mended: bool = False
    is_model_in_path: bool = False


class Decoder(Protocol):
    """Reads one streamed answer, framing included. Any split of the bytes gives the same events."""

    def feed(self, data: bytes) -> Sequence[Event]:
        """Return the events `data` completes.

        Raises:
            WireError: these are not the bytes the provider documents; the answer cannot be used.
        """

    def end(self) -> Sequence[Event]:
        """Return what remains when the body is over: with `Ended` only if the answer is complete.

        Raises:
            WireError: as `feed`.
        """


class Family(Protocol):
    """One way to speak to models. Stateless; one instance serves all calls."""

    @property
    def form(self) -> Form:
        """The JSON it is written in."""

    def to_wire(self, request: Request, model: str, quirks: Quirks) -> Outgoing:
        """Return `request` for `model`, the provider's name of it.

        Nothing is left out silently: what has no place is in `Outgoing.inexpressible`.
        """

    def from_wire(self, body: bytes, quirks: Quirks) -> Reply:
        """Return what a whole answer says.

        Raises:
            WireError: the body is not what the provider documents.
            Failed: the body is an error in spite of its status.
        """

    def decoder(self, quirks: Quirks) -> Decoder:
        """Return what reads a streamed answer."""

    def fault(self, status: int, headers: Mapping[bytes, bytes], body: bytes) -> Fault:
        """Return what an answer of `status` >= 400 says, whatever its body is."""
