"""AWS Signature Version 4, in the `Authorization` header: signing, and checking what clients signed.

Only the standard library, since the process that holds the keys loads nothing else.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (read 2026-11).
"""

import re
from collections.abc import Iterable
from enum import Enum
from hashlib import sha256
from hmac import compare_digest, digest
from typing import NamedTuple
from urllib.parse import quote

from narrowgate.wire.errors import WireError

_ALGORITHM = "AWS4-HMAC-SHA256"
_DATE = "x-amz-date"
_TOKEN = "x-amz-security-token"  # noqa: S105 - the name of a header
_CONTENT_HASH = "x-amz-content-sha256"
# What proxies and HTTP libraries set or change on the way; AWS's own signers leave them out too.
_NOT_SIGNED = frozenset(
    {
        "authorization",
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    }
)
_SKEW_S = 300  # AWS takes a request for five minutes
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_PAIR = re.compile(r"\s*([A-Za-z]+)=([^,\s]+)\s*")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_LONGEST_HEADER = 4_096


class SignableRequest(NamedTuple):
    """A request as it goes over the wire.

    `path` and `query` (what is behind `?`) are percent-encoded as sent; `headers` are (name, value),
    names in any case, `host` among them. Bytes that are no UTF-8 stand as `surrogateescape` decodes them.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Credentials(NamedTuple):
    """An access key. `session_token` comes with temporary ones."""

    access_key_id: str
    secret_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"Credentials({self.access_key_id!r})"


class Authorization(NamedTuple):
    """What an `Authorization` header says. `date` is YYYYMMDD; `signed_headers` have lower-case names."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


class Flaw(Enum):
    """Why a signature does not count. The value completes the sentence "the signature does not count: …"."""

    NO_DATE = "x-amz-date is missing, is no date, or is of another day than the credential"
    EXPIRED = "the request was signed more than five minutes ago, or ahead of time; set the clock"
    UNSIGNED_HEADER = "host and every x-amz- header must be signed, once each"
    WRONG_CONTENT = "x-amz-content-sha256 is not the hash of the body"
    MISMATCH = "it does not match the request and the secret key"


def sign(
    request: SignableRequest, credentials: Credentials, region: str, service: str, now_s: int
) -> tuple[tuple[str, str], ...]:
    """Return the headers to send with `request`; all of its own must be sent as they are here.

    `now_s` is Unix time.
    """
    stamp = _stamp(now_s)
    added = [(_DATE, stamp)]
    if credentials.session_token is not None:
        added.append((_TOKEN, credentials.session_token))
    headers = _canonical(
        (name, value)
        for name, value in (*request.headers, *added)
        if name.lower() not in _NOT_SIGNED and (name.lower() != _DATE or value == stamp)
    )
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    content = headers.get(_CONTENT_HASH) or sha256(request.body).hexdigest()
    key = _key(credentials.secret_key, scope)
    signature = _signature(request, headers, content, key, f"{stamp}\n{scope}")
    value = (
        f"{_ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={';'.join(headers)}, Signature={signature}"
    )
    return (*added, ("authorization", value))


def parse_authorization(value: str) -> Authorization:
    """Return what the header `Authorization` says.

    Raises:
        WireError: it is no signature of version 4.
    """
    algorithm, _, rest = value[:_LONGEST_HEADER].strip().partition(" ")
    pairs = [_PAIR.fullmatch(pair) for pair in rest.split(",")]
    said = {pair[1]: pair[2] for pair in pairs if pair is not None}
    if (
        algorithm != _ALGORITHM
        or len(said) != len(pairs)
        or said.keys() != {"Credential", "SignedHeaders", "Signature"}
    ):
        raise WireError("authorization: expected AWS4-HMAC-SHA256 with Credential, SignedHeaders and Signature")
    # A key's id may hold slashes; the four words of the scope do not.
    credential = said["Credential"].rsplit("/", 4)
    signed = tuple(said["SignedHeaders"].split(";"))
    if len(credential) != 5 or not all(credential) or credential[4] != "aws4_request":
        raise WireError("authorization: expected a Credential of the form key/date/region/service/aws4_request")
    if not _SIGNATURE.fullmatch(said["Signature"]) or len(set(signed)) != len(signed) or "" in signed:
        raise WireError("authorization: the Signature or the SignedHeaders cannot be read")
    return Authorization(credential[0], credential[1], credential[2], credential[3], signed, said["Signature"])


def verify(request: SignableRequest, authorization: Authorization, secret_key: str, now_s: int) -> Flaw | None:
    """Return why `authorization` does not stand for `request`, None when it does.

    The region and the service are part of what was signed; whether they are the right ones is the
    caller's to say. A body whose hash the client did not sign does not count.
    """
    signed = set(authorization.signed_headers)
    names = [name.lower() for name, _ in request.headers]
    must = {"host"} | {name for name in names if name.startswith("x-amz-")}
    if not must <= signed or not signed <= set(names) or names.count("host") != 1 or names.count(_DATE) > 1:
        return Flaw.UNSIGNED_HEADER
    headers = _canonical((name, value) for name, value in request.headers if name.lower() in signed)
    stamp = headers.get(_DATE, "")
    signed_at_s = _unix_s(stamp)
    if signed_at_s is None or not stamp.startswith(authorization.date) or len(authorization.date) != 8:
        return Flaw.NO_DATE
    if abs(now_s - signed_at_s) > _SKEW_S:
        return Flaw.EXPIRED
    content = sha256(request.body).hexdigest()
    if headers.get(_CONTENT_HASH, content) != content:
        return Flaw.WRONG_CONTENT
    scope = f"{authorization.date}/{authorization.region}/{authorization.service}/aws4_request"
    expected = _signature(request, headers, content, _key(secret_key, scope), f"{stamp}\n{scope}")
    return None if compare_digest(expected, authorization.signature) else Flaw.MISMATCH


def _signature(request: SignableRequest, headers: dict[str, str], content: str, key: bytes, when_and_where: str) -> str:
    lines = (
        request.method,
        _canonical_path(request.path),
        _canonical_query(request.query),
        *(f"{name}:{value}" for name, value in headers.items()),
        "",
        ";".join(headers),
        content,
    )
    hashed = sha256(_bytes("\n".join(lines))).hexdigest()
    return digest(key, _bytes(f"{_ALGORITHM}\n{when_and_where}\n{hashed}"), "sha256").hex()


def _key(secret_key: str, scope: str) -> bytes:
    key = b"AWS4" + _bytes(secret_key)
    for word in scope.split("/"):
        key = digest(key, _bytes(word), "sha256")
    return key


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _canonical(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers in order of their names, those of one name joined, white space as single spaces."""
    joined: dict[str, list[str]] = {}
    for name, value in headers:
        joined.setdefault(name.strip().lower(), []).append(" ".join(value.split()))
    return {name: ",".join(joined[name]) for name in sorted(joined)}


def _canonical_path(path: str) -> str:
    """Return the path without dots and empty segments, encoded once more than it is.

    All services but S3 do so: the `%3A` of a model's name is signed as `%253A`.
    """
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return quote(f"/{'/'.join(kept)}{end}", safe="/~", errors="surrogateescape")


def _canonical_query(query: str) -> str:
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&")) if query else []
    return "&".join(f"{name}={value}" for name, value in pairs)


def _stamp(now_s: int) -> str:
    days, second = divmod(now_s, 86_400)
    year, month, day = _date(days)
    return f"{year:04}{month:02}{day:02}T{second // 3_600:02}{second // 60 % 60:02}{second % 60:02}Z"


def _date(days: int) -> tuple[int, int, int]:
    """Return year, month and day of a number of days since 1970; years are counted from March here.

    Source: https://howardhinnant.github.io/date_algorithms.html#civil_from_days (read 2026-11).
    """
    era, of_era = divmod(days + 719_468, 146_097)  # days from 0000-03-01, in cycles of 400 years
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return year + era * 400 + (month >= 10), month + 3 if month < 10 else month - 9, day


def _unix_s(stamp: str) -> int | None:
    """Return the Unix time of a stamp; what no clock shows is None."""
    match = _STAMP.fullmatch(stamp)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    from_march, years = (month + 9) % 12, year - (month <= 2)
    days = years * 365 + years // 4 - years // 100 + years // 400 + (153 * from_march + 2) // 5 + day - 719_469
    moment = ((days * 24 + hour) * 60 + minute) * 60 + second
    return moment if _stamp(moment) == stamp else None
