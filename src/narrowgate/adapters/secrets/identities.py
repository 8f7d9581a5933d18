"""From a section about a cloud to who the gateway is there, secrets fetched: what the egress proves itself with."""

import json
from collections.abc import Mapping
from hashlib import sha256

from narrowgate.adapters.secrets.references import SecretUnavailable, resolve, resolve_document
from narrowgate.config.cloud_schema import Aws, AwsCredentials, Entra, Google
from narrowgate.config.clouds import METADATA, Section
from narrowgate.signing.der import pem_blocks
from narrowgate.signing.identities import (
    AwsContainer,
    AwsIdentity,
    AwsInstance,
    AwsKeys,
    AwsRole,
    AwsWebIdentity,
    EntraApp,
    EntraIdentity,
    EntraManaged,
    GoogleFederated,
    GoogleIdentity,
    GoogleKey,
    GoogleMetadata,
    GoogleUser,
    Identity,
)
from narrowgate.signing.jwt import base64url
from narrowgate.signing.rsa import read_key
from narrowgate.wire.errors import WireError

_GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
_METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_INSTANCE = "http://169.254.169.254"
_CONTAINER = "http://169.254.170.2"
_MANAGED_PATH = "/metadata/identity/oauth2/token"
_KINDS = "service_account, external_account or authorized_user"


class IdentityUnavailable(Exception):
    """An identity cannot be used. `place` is the key below the provider's entry; no value is told."""

    def __init__(self, place: str, problem: str, fix: str) -> None:
        super().__init__(f"{place}: {problem}; {fix}")
        self.place = place
        self.problem = problem
        self.fix = fix


def identity_from(section: Section, environment: Mapping[str, str]) -> Identity:
    """Return the identity that `section` means.

    Raises:
        IdentityUnavailable: a reference leads nowhere, or to what cannot be used.
    """
    match section:
        case Aws():
            return _aws(section, environment)
        case Google():
            return _google(section, environment)
        case Entra():
            return _entra(section, environment)


def _aws(aws: Aws, environment: Mapping[str, str]) -> AwsIdentity:
    suffix = ".cn" if aws.region.startswith("cn-") else ""
    sts_url = aws.sts_url or f"https://sts.{aws.region}.amazonaws.com{suffix}/"
    found: AwsIdentity
    if aws.access_key_id:
        token = _secret(aws.session_token, environment, "aws.session_token") if aws.session_token else ""
        key_id = _secret(aws.access_key_id, environment, "aws.access_key_id")
        found = AwsKeys(key_id, _secret(aws.secret_access_key, environment, "aws.secret_access_key"), token)
    elif aws.web_identity_token_file:
        found = AwsWebIdentity(sts_url, aws.role_arn, aws.session_name, aws.web_identity_token_file)
    elif aws.credentials is AwsCredentials.INSTANCE:
        found = AwsInstance((aws.metadata_url or _INSTANCE).rstrip("/"))
    else:
        found = _container(aws, environment)
    for role in aws.assume:
        found = AwsRole(sts_url, role.role_arn, role.session_name, role.external_id, found)
    return found


def _container(aws: Aws, environment: Mapping[str, str]) -> AwsContainer:
    full = aws.metadata_url or environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")
    if not full and not relative.startswith("/"):
        problem = "there is no endpoint for containers in the environment"
        raise IdentityUnavailable("aws.credentials", problem, "run where ECS or EKS Pod Identity set it")
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    return AwsContainer(
        full or _CONTAINER + relative, token, environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "")
    )


def _google(google: Google, environment: Mapping[str, str]) -> GoogleIdentity:
    if google.credentials == METADATA:
        return GoogleMetadata(google.metadata_url.rstrip("/") + _METADATA_PATH)
    place = "google.credentials"
    try:
        document = json.loads(_document(google.credentials, environment, place))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise IdentityUnavailable(place, "does not lead to a JSON object", f"name a document of type {_KINDS}")

    def member(name: str, other: str = "") -> str:
        value = document.get(name) or other
        if not isinstance(value, str) or not value:
            raise IdentityUnavailable(place, f"leads to a document without {name}", "download it again")
        return value

    match document.get("type"):
        case "service_account":
            key = member("private_key")
            _check_key(key, place)
            key_id, token_url = str(document.get("private_key_id") or ""), member("token_uri", _GOOGLE_TOKENS)
            return GoogleKey(member("client_email"), key_id, key, token_url, google.scope)
        case "authorized_user":
            secrets = (member("client_id"), member("client_secret"), member("refresh_token"))
            return GoogleUser(*secrets, member("token_uri", _GOOGLE_TOKENS))
        case "external_account":
            return _federated(
                document, member("audience"), member("subject_token_type"), member("token_url"), google.scope
            )
        case _:
            raise IdentityUnavailable(place, "leads to a document of another type", f"it must be {_KINDS}")


def _federated(
    document: Mapping[str, object], audience: str, subject_type: str, token_url: str, scope: str
) -> GoogleFederated:
    source = document.get("credential_source")
    source = source if isinstance(source, dict) else {}
    file, url, headers, form = (source.get(name) for name in ("file", "url", "headers", "format"))
    if bool(file) == bool(url):
        problem = "leads to a document whose credential_source is neither a file nor a URL"
        raise IdentityUnavailable("google.credentials", problem, "sources by AWS or by a program are not supported")
    file_path = str(file or "")
    if file_path and (not file_path.startswith("/") or file_path.count("/") < 3 or "/../" in file_path):
        problem = "names a token file that is not in a folder of its own"
        raise IdentityUnavailable("google.credentials", problem, "write it as /folder/folder/file")
    pairs = headers.items() if isinstance(headers, dict) else ()
    is_json = isinstance(form, dict) and form.get("type") == "json"
    return GoogleFederated(
        audience=audience,
        subject_type=subject_type,
        token_url=token_url,
        scope=scope,
        file=file_path,
        url=str(url or ""),
        url_headers=tuple((str(name), str(value)) for name, value in pairs),
        field=str(form.get("subject_token_field_name") or "") if isinstance(form, dict) and is_json else "",
        impersonation_url=str(document.get("service_account_impersonation_url") or ""),
    )


def _entra(entra: Entra, environment: Mapping[str, str]) -> EntraIdentity:
    if entra.managed_identity:
        header, endpoint = environment.get("IDENTITY_HEADER", ""), environment.get("IDENTITY_ENDPOINT", "")
        resource = entra.scope.removesuffix("/.default")
        if header and endpoint and not entra.metadata_url:
            return EntraManaged(endpoint, resource, entra.client_id, header)
        return EntraManaged((entra.metadata_url or _INSTANCE).rstrip("/") + _MANAGED_PATH, resource, entra.client_id)
    token_url = f"{entra.authority}/{entra.tenant}/oauth2/v2.0/token"
    if entra.client_secret:
        secret = _secret(entra.client_secret, environment, "entra.client_secret")
        return EntraApp(token_url, entra.client_id, entra.scope, client_secret=secret)
    if entra.federated_token_file:
        return EntraApp(token_url, entra.client_id, entra.scope, token_file=entra.federated_token_file)
    place = "entra.certificate"
    pem = _document(entra.certificate, environment, place)
    _check_key(pem, place)
    certificate = next((der for label, der in pem_blocks(pem) if label == "CERTIFICATE"), None)
    if certificate is None:
        raise IdentityUnavailable(place, "leads to a key without its certificate", "put both into the file, as PEM")
    thumbprint = base64url(sha256(certificate).digest())
    return EntraApp(token_url, entra.client_id, entra.scope, private_key=pem, thumbprint=thumbprint)


def _check_key(pem: str, place: str) -> None:
    try:
        read_key(pem)
    except WireError as error:
        raise IdentityUnavailable(place, str(error), "name a file with an RSA key in PEM") from None


def _secret(reference: str, environment: Mapping[str, str], place: str) -> str:
    try:
        return resolve(reference, environment).reveal()
    except SecretUnavailable as error:
        raise IdentityUnavailable(place, error.problem, error.fix) from None


def _document(reference: str, environment: Mapping[str, str], place: str) -> str:
    try:
        return resolve_document(reference, environment)
    except SecretUnavailable as error:
        raise IdentityUnavailable(place, error.problem, error.fix) from None
