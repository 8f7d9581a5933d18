"""From a section about a cloud to who the gateway is there, secrets fetched: what the egress proves itself with."""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from narrowgate.adapters.secrets.references import SecretUnavailable, read_start, resolve, resolve_document
from narrowgate.config.address import Address, read_address
from narrowgate.config.cloud_schema import Aws, AwsCredentials, Entra, Google, Watsonx
from narrowgate.config.clouds import FOLDER, GOOGLE_TOKENS, METADATA, Section, is_in_a_folder, machine_url, sts_url
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
    IbmKey,
    Identity,
)
from narrowgate.signing.jwt import base64url
from narrowgate.wire.errors import WireError

Read = Callable[[Path], bytes]

_METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_MANAGED_PATH = "/metadata/identity/oauth2/token"
_KINDS = "service_account, external_account or authorized_user"
_URLS = frozenset({"token_uri", "token_url"})
_PEM = "put both into the file, as PEM, the key without a passphrase"


class IdentityUnavailable(Exception):
    """An identity cannot be used. `place` is the key below the provider's entry; no value is told."""

    def __init__(self, place: str, problem: str, fix: str) -> None:
        super().__init__(f"{place}: {problem}; {fix}")
        self.place = place
        self.problem = problem
        self.fix = fix


def identity_from(section: Section, environment: Mapping[str, str], read_file: Read = read_start) -> Identity:
    """Return the identity that `section` means. Its secrets may be stand-ins: keys are not looked into.

    Raises:
        IdentityUnavailable: a reference leads nowhere, or to what cannot be used.
    """
    around = _Around(environment, read_file)
    match section:
        case Aws():
            return _aws(section, around)
        case Google():
            return _google(section, around)
        case Entra():
            return _entra(section, around)
        case Watsonx():
            return IbmKey(section.iam_url, around.secret(section.iam_api_key, "watsonx.iam_api_key"))


class _Around(NamedTuple):
    """What a section refers to."""

    environment: Mapping[str, str]
    read_file: Read

    def secret(self, reference: str, place: str) -> str:
        """Return what `reference` leads to, one line."""
        try:
            return resolve(reference, self.environment, self.read_file).reveal()
        except SecretUnavailable as error:
            raise IdentityUnavailable(place, error.problem, error.fix) from None

    def document(self, reference: str, place: str) -> str:
        """Return what `reference` leads to, of any number of lines."""
        try:
            return resolve_document(reference, self.environment, self.read_file)
        except SecretUnavailable as error:
            raise IdentityUnavailable(place, error.problem, error.fix) from None


def _aws(aws: Aws, around: _Around) -> AwsIdentity:
    found: AwsIdentity
    if aws.access_key_id:
        token = around.secret(aws.session_token, "aws.session_token") if aws.session_token else ""
        key_id = around.secret(aws.access_key_id, "aws.access_key_id")
        found = AwsKeys(key_id, around.secret(aws.secret_access_key, "aws.secret_access_key"), token)
    elif aws.web_identity_token_file:
        found = AwsWebIdentity(sts_url(aws), aws.role_arn, aws.session_name, aws.web_identity_token_file)
    elif aws.credentials is AwsCredentials.INSTANCE:
        found = AwsInstance(machine_url(aws))
    else:
        found = _container(aws, around.environment)
    for role in aws.assume:
        found = AwsRole(sts_url(aws), role.role_arn, role.session_name, role.external_id, found)
    return found


def _container(aws: Aws, environment: Mapping[str, str]) -> AwsContainer:
    full = aws.metadata_url or environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")
    if not full and not relative.startswith("/"):
        problem = "there is no endpoint for containers in the environment"
        raise IdentityUnavailable("aws.credentials", problem, "run where ECS or EKS Pod Identity set it")
    url = full or machine_url(aws) + relative
    token_file = _in_a_folder(environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", ""), "aws.credentials")
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    return AwsContainer(_address(url, "aws.metadata_url"), token, token_file)


def _google(google: Google, around: _Around) -> GoogleIdentity:
    if google.credentials == METADATA:
        return GoogleMetadata(machine_url(google) + _METADATA_PATH)
    place = "google.credentials"
    try:
        document = json.loads(around.document(google.credentials, place))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise IdentityUnavailable(place, "does not lead to a JSON object", f"name a document of type {_KINDS}")

    def member(name: str, other: str = "") -> str:
        value = document.get(name) or other
        if not isinstance(value, str) or not value:
            raise IdentityUnavailable(place, f"leads to a document without {name}", "download it again")
        return _address(value, place) if name in _URLS else value

    match document.get("type"):
        case "service_account":
            key_id, token_url = str(document.get("private_key_id") or ""), member("token_uri", GOOGLE_TOKENS)
            return GoogleKey(member("client_email"), key_id, member("private_key"), token_url, google.scope)
        case "authorized_user":
            secrets = (member("client_id"), member("client_secret"), member("refresh_token"))
            return GoogleUser(*secrets, member("token_uri", GOOGLE_TOKENS))
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
    place = "google.credentials"
    then = str(document.get("service_account_impersonation_url") or "")
    pairs = headers.items() if isinstance(headers, dict) else ()
    is_json = isinstance(form, dict) and form.get("type") == "json"
    return GoogleFederated(
        audience=audience,
        subject_type=subject_type,
        token_url=token_url,
        scope=scope,
        file=_in_a_folder(str(file or ""), place),
        url=_address(str(url), place) if url else "",
        url_headers=tuple((str(name), str(value)) for name, value in pairs),
        field=str(form.get("subject_token_field_name") or "") if isinstance(form, dict) and is_json else "",
        impersonation_url=_address(then, place) if then else "",
    )


def _entra(entra: Entra, around: _Around) -> EntraIdentity:
    environment = around.environment
    if entra.managed_identity:
        header, endpoint = environment.get("IDENTITY_HEADER", ""), environment.get("IDENTITY_ENDPOINT", "")
        resource = entra.scope.removesuffix("/.default")
        if header and endpoint and not entra.metadata_url:
            return EntraManaged(_address(endpoint, "entra"), resource, entra.client_id, header)
        return EntraManaged(machine_url(entra) + _MANAGED_PATH, resource, entra.client_id)
    token_url = f"{entra.authority}/{entra.tenant}/oauth2/v2.0/token"
    if entra.client_secret:
        secret = around.secret(entra.client_secret, "entra.client_secret")
        return EntraApp(token_url, entra.client_id, entra.scope, client_secret=secret)
    if entra.federated_token_file:
        return EntraApp(token_url, entra.client_id, entra.scope, token_file=entra.federated_token_file)
    place = "entra.certificate"
    pem = around.document(entra.certificate, place)
    try:
        blocks = pem_blocks(pem)
    except WireError as error:
        raise IdentityUnavailable(place, str(error), _PEM) from None
    certificate = next((der for label, der in blocks if label == "CERTIFICATE"), None)
    if certificate is None or not any(label.endswith("PRIVATE KEY") for label, _ in blocks):
        raise IdentityUnavailable(place, "leads to a file without a certificate and its key", _PEM)
    thumbprint = base64url(sha256(certificate).digest())
    return EntraApp(token_url, entra.client_id, entra.scope, private_key=pem, thumbprint=thumbprint)


def _address(url: str, place: str) -> str:
    if not isinstance(read_address(url.partition("?")[0]), Address):
        raise IdentityUnavailable(
            place, "names an address that is no http or https URL", "write it as https://host/path"
        )
    return url


def _in_a_folder(file: str, place: str) -> str:
    """Return a token file's path: the folder that it is in stays readable for the process that dials."""
    if file and not is_in_a_folder(file):
        raise IdentityUnavailable(place, "names a token file that is not in a folder of its own", FOLDER)
    return file
