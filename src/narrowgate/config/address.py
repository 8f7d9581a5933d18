"""URLs and header lines of providers: what may stand in them, and what is made of them."""

import ipaddress
import re
from urllib.parse import urlsplit

import msgspec

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9_])?\.?")
# RFC 3986 section 3.3 without `{` and `}`; those are for the model alone.
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_QUERY = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
# Headers that frame a message or belong to one connection (RFC 9110 section 7.6.1).
_FRAMING = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
# What the gateway writes itself on every call.
_OWN = frozenset({"accept-encoding", "content-type", "user-agent"})
# What a client proves itself with to the gateway: no provider's business.
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"})


class Address(msgspec.Struct, frozen=True):
    """Where a provider is. `path` has no slash at its end and is empty for the root."""

    scheme: str
    host: str
    port: int
    path: str


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a piece of text and what to write instead. It never quotes the text: it may be a secret."""

    problem: str
    fix: str


_NO_URL = Flaw("is not an http or https URL", "write it as https://host/path")
_NO_PROXY = Flaw("is not the URL of a proxy", "write it as http://host:3128")


def read_address(text: str) -> Address | Flaw:
    """Return the address a base URL names, or what is wrong with it."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _NO_URL
    if parts.scheme not in _DEFAULT_PORTS or port == 0 or not _is_visible(text):
        return _NO_URL
    if "@" in parts.netloc:
        return Flaw("holds a user name or password", "give a key as api_key, other credentials in headers")
    if "?" in text or "#" in text:
        return Flaw("has a query or fragment", "write parameters under query")
    if not is_host(host):
        return _NO_URL
    path = parts.path.rstrip("/")
    flaw = path_flaw(path, may_name_model=False)
    return flaw or Address(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], path)


def path_flaw(path: str, *, may_name_model: bool) -> Flaw | None:
    """Say what is wrong with a path below an origin; the empty one is right."""
    plain = path.replace("{model}", "") if may_name_model else path
    if "?" in plain:
        return Flaw("has a query", "write parameters under query")
    if _PATH.fullmatch(plain) is None:
        return Flaw("is not a path", "begin it with '/', percent-encode what is special")
    if any(segment in {".", ".."} for segment in plain.lower().replace("%2e", ".").split("/")):
        return Flaw("has '.' or '..' as a segment", "write the path they lead to")
    return None


def query_flaw(query: str) -> Flaw | None:
    """Say what is wrong with parameters for a URL."""
    if query.startswith("?") or _QUERY.fullmatch(query) is None:
        return Flaw("is not a query", "write name=value&name=value, percent-encoded, without the '?'")
    return None


def proxy_flaw(text: str) -> Flaw | None:
    """Say what is wrong with the URL of a proxy. `user:password@` is allowed here; see `has_password`."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return _NO_PROXY
    is_plain = parts.scheme in _DEFAULT_PORTS and parts.path in {"", "/"} and "?" not in text and "#" not in text
    return None if is_plain and is_host(host) and port != 0 and _is_visible(text) else _NO_PROXY


def has_password(url: str) -> bool:
    """Whether credentials stand in a URL."""
    return "@" in url


def header_flaw(name: str, value: str) -> Flaw | None:
    """Say why a header cannot be sent with every call."""
    if _HEADER_NAME.fullmatch(name) is None:
        return Flaw("is not a header name", "use letters, digits and '-'")
    if name.lower() == "authorization":
        return Flaw("carries the key", "write it as api_key")
    if name.lower() in _FRAMING | _OWN or name.lower().startswith("proxy-"):
        return Flaw("is a header the gateway writes itself", "remove it")
    if value and _HEADER_VALUE.fullmatch(value) is None:
        return Flaw("has characters that no header value may have", "use printable ASCII without spaces at the ends")
    return None


def forward_flaw(name: str) -> Flaw | None:
    """Say why a client's header cannot be passed on to a provider."""
    if _HEADER_NAME.fullmatch(name) is None:
        return Flaw("is not a header name", "use letters, digits and '-'")
    if name.lower() in _CREDENTIALS:
        return Flaw("carries the client's own key, which providers must not see", "remove it")
    if name.lower() in _FRAMING | _OWN or name.lower().startswith("proxy-"):
        return Flaw("is a header the gateway writes itself", "remove it")
    return None


def is_host(text: str) -> bool:
    """Whether `text` is a host name or an IP address."""
    if ":" in text:
        try:
            ipaddress.IPv6Address(text)
        except ValueError:
            return False
        return "%" not in text
    return _HOST.fullmatch(text) is not None


def _is_visible(text: str) -> bool:
    return all("!" <= letter <= "~" for letter in text)
