"""Who the gateway is towards a cloud, and how that is proved: one record a way of getting credentials. Pure.

Standard library only: the process that holds the keys reads these from the table of origins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, repr=False)
class GoogleKey:
    """A service account's key: signed claims for an access token."""

    email: str
    key_id: str
    private_key: str
    token_url: str
    scope: str


@dataclass(frozen=True, slots=True, repr=False)
class GoogleUser:
    """What `gcloud auth application-default login` leaves: a refresh token for an access token."""

    client_id: str
    client_secret: str
    refresh_token: str
    token_url: str


@dataclass(frozen=True, slots=True, repr=False)
class GoogleFederated:
    """Workload identity federation: another issuer's token for one of Google's.

    The other token is in `file`, or is what `url` answers; with `field` it is that member of a JSON object.
    With `impersonation_url` the token is exchanged once more, for a service account's.
    """

    audience: str
    subject_type: str
    token_url: str
    scope: str
    file: str = ""
    url: str = ""
    url_headers: tuple[tuple[str, str], ...] = ()
    field: str = ""
    impersonation_url: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class GoogleMetadata:
    """The service account of the machine or pod, from the metadata server at `url`."""

    url: str


@dataclass(frozen=True, slots=True, repr=False)
class EntraApp:
    """An application in Entra ID, proved by a secret, a certificate, or a federated token in `token_file`."""

    token_url: str
    client_id: str
    scope: str
    client_secret: str = ""
    private_key: str = ""
    thumbprint: str = ""
    token_file: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class EntraManaged:
    """A managed identity: the machine's endpoint at `url`, or with `header` that of App Service and its like."""

    url: str
    resource: str
    client_id: str = ""
    header: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class AwsKeys:
    """An access key that does not expire, or not by our knowledge."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class AwsContainer:
    """The role of a container (ECS) or pod (EKS Pod Identity); the token in `token_file` goes along."""

    url: str
    token: str = ""
    token_file: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class AwsInstance:
    """The role of the machine, from its metadata service (version 2) at `url`."""

    url: str


@dataclass(frozen=True, slots=True, repr=False)
class AwsWebIdentity:
    """A role for the token in `token_file` (IRSA and other OpenID Connect issuers)."""

    sts_url: str
    role: str
    session: str
    token_file: str


@dataclass(frozen=True, slots=True, repr=False)
class AwsRole:
    """A role that `base` may assume."""

    sts_url: str
    role: str
    session: str
    external_id: str
    base: "AwsIdentity"


@dataclass(frozen=True, slots=True, repr=False)
class IbmKey:
    """An API key of IBM Cloud's, for an access token."""

    token_url: str
    api_key: str


AwsIdentity = AwsKeys | AwsContainer | AwsInstance | AwsWebIdentity | AwsRole
GoogleIdentity = GoogleKey | GoogleUser | GoogleFederated | GoogleMetadata
EntraIdentity = EntraApp | EntraManaged
Identity = AwsIdentity | GoogleIdentity | EntraIdentity | IbmKey

_FLAT = MappingProxyType(
    {
        "GoogleKey": GoogleKey,
        "GoogleUser": GoogleUser,
        "GoogleMetadata": GoogleMetadata,
        "EntraApp": EntraApp,
        "EntraManaged": EntraManaged,
        "AwsKeys": AwsKeys,
        "AwsContainer": AwsContainer,
        "AwsInstance": AwsInstance,
        "AwsWebIdentity": AwsWebIdentity,
        "IbmKey": IbmKey,
    }
)


def document_of(identity: Identity) -> dict[str, object]:
    """Return `identity` as plain JSON values."""
    document: dict[str, object] = asdict(identity) | {"kind": type(identity).__name__}
    if isinstance(identity, AwsRole):
        document["base"] = document_of(identity.base)
    return document


def identity_of(document: Mapping[str, object]) -> Identity:
    """Return the identity of a document that `document_of` made."""
    fields = {name: value for name, value in document.items() if name != "kind"}
    kind = str(document["kind"])
    if kind == "AwsRole":
        base = fields.pop("base")
        assert isinstance(base, dict)
        inner = identity_of(base)
        assert isinstance(inner, AwsIdentity)
        return AwsRole(base=inner, **{name: str(value) for name, value in fields.items()})
    if kind == "GoogleFederated":
        headers = fields.pop("url_headers")
        assert isinstance(headers, list)
        pairs = tuple((str(name), str(value)) for name, value in headers)
        return GoogleFederated(url_headers=pairs, **{name: str(value) for name, value in fields.items()})
    found: Identity = _FLAT[kind](**{name: str(value) for name, value in fields.items()})
    return found


def urls_of(identity: Identity) -> Iterator[str]:
    """Yield every URL that must be reached for it."""
    match identity:
        case GoogleKey() | GoogleUser() | EntraApp() | IbmKey():
            yield identity.token_url
        case GoogleFederated():
            yield from filter(None, (identity.token_url, identity.url, identity.impersonation_url))
        case GoogleMetadata() | EntraManaged() | AwsContainer() | AwsInstance():
            yield identity.url
        case AwsWebIdentity():
            yield identity.sts_url
        case AwsRole():
            yield identity.sts_url
            yield from urls_of(identity.base)
        case AwsKeys():
            pass


def file_of(identity: Identity) -> str:
    """Return the file that is read anew for each credential, "" when there is none."""
    match identity:
        case GoogleFederated():
            return identity.file
        case EntraApp() | AwsContainer() | AwsWebIdentity():
            return identity.token_file
        case AwsRole():
            return file_of(identity.base)
        case _:
            return ""


def words_of(identity: Identity) -> str:  # noqa: C901 - one line a kind
    """Return who it is, for people; nothing secret."""
    match identity:
        case GoogleKey():
            return f"service account {identity.email}"
        case GoogleUser():
            return f"a user of client {identity.client_id}"
        case GoogleFederated():
            return f"workload identity of {identity.audience}"
        case GoogleMetadata() | AwsInstance():
            return f"the role of this machine, by {identity.url}"
        case EntraApp():
            return f"application {identity.client_id}"
        case EntraManaged():
            return f"managed identity {identity.client_id}".rstrip()
        case AwsKeys():
            return f"access key ending in {identity.access_key_id[-4:]}"
        case IbmKey():
            return f"an API key, by {identity.token_url}"
        case AwsContainer():
            return f"the role of this container, by {identity.url}"
        case AwsWebIdentity():
            return f"role {identity.role} for the token in {identity.token_file}"
        case AwsRole():
            return f"role {identity.role} assumed by {words_of(identity.base)}"
