"""Identities towards clouds as a provider entry and the environment say them; secrets are still references."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from narrowgate.config.address import Address, read_address
from narrowgate.config.cloud_schema import Aws, AwsCredentials, Entra, Google, Watsonx
from narrowgate.config.complaint import Complaint
from narrowgate.config.reference import is_reference
from narrowgate.config.schema import Provider
from narrowgate.providers.profile import Cloud, Profile

Section = Aws | Google | Entra | Watsonx
Environment = Mapping[str, str]

_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_REGION_NAME")
_PROJECTS = ("VERTEXAI_PROJECT", "VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID")
_LOCATIONS = ("VERTEXAI_LOCATION", "VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION", "CLOUD_ML_REGION")
_PROJECT_IDS, _SPACE_IDS = ("WATSONX_PROJECT_ID",), ("WATSONX_DEPLOYMENT_SPACE_ID",)
_IBM_KEYS = ("WATSONX_APIKEY", "WATSONX_API_KEY")
_AUTHORITY = "https://login.microsoftonline.com"
_IBM = "https://iam.cloud.ibm.com/identity/token"
# Where clouds tell a machine or a container who it is (AWS ECS has one of its own).
_MACHINE = "http://169.254.169.254"
_ECS = "http://169.254.170.2"
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
_GOOGLE = (GOOGLE_TOKENS, "https://sts.googleapis.com", "https://iamcredentials.googleapis.com")
_CONTAINER_URIS = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
_REFERENCES = (
    *("access_key_id", "secret_access_key", "session_token", "credentials"),
    *("client_secret", "certificate", "iam_api_key"),
)
METADATA = "metadata"
FOLDER = "write it as /folder/folder/file"


def section_of(entry: Provider, profile: Profile, environment: Environment) -> Section | None:
    """Return the entry's section for the cloud that `profile` is of, its gaps filled from the environment.

    Without a section it is what the environment alone says; None when that is not enough, or a key is there.
    """
    match profile.cloud:
        case Cloud.AWS:
            aws = _aws(entry.aws or Aws(), environment)
            return aws if entry.aws is not None or (aws.region and _has_aws(aws)) else None
        case Cloud.GOOGLE:
            google = _google(entry.google or Google(), environment)
            return google if entry.google is not None or (google.project and google.credentials) else None
        case Cloud.ENTRA:
            entra = _entra(entry.entra or Entra(), environment)
            return entra if entry.entra is not None or _has_entra(entra) else None
        case Cloud.WATSONX:
            watsonx = watsonx_of(entry.watsonx or Watsonx(), environment)
            return watsonx if watsonx.iam_api_key else None
        case None:
            return None


def word_of(section: Section) -> str:
    """Return the key that a section stands under in a provider's entry."""
    return type(section).__name__.lower()


def section_complaints(section: Section, path: str) -> Iterator[Complaint]:
    """Complain about what a section lacks or says twice. `path` is the provider entry's."""
    path = f"{path}.{word_of(section)}"
    match section:
        case Aws():
            yield from _aws_complaints(section, path)
        case Google():
            yield from _google_complaints(section, path)
        case Entra():
            yield from _entra_complaints(section, path)
        case Watsonx():
            yield from _url_complaints(section.iam_url, f"{path}.iam_url")


def base_of(section: Section | None) -> str:
    """Return the address that a section's region or location means, "" when none follows from it."""
    match section:
        case Aws() if section.region.startswith("cn-"):
            return f"https://bedrock-runtime.{section.region}.amazonaws.com.cn"
        case Aws() if section.region:
            return f"https://bedrock-runtime.{section.region}.amazonaws.com"
        case Google() if section.location == "global":
            return "https://aiplatform.googleapis.com"
        case Google() if section.location in {"us", "eu"}:  # multi-regions
            return f"https://aiplatform.{section.location}.rep.googleapis.com"
        case Google() if section.location:
            return f"https://{section.location}-aiplatform.googleapis.com"
        case _:
            return ""


def placed(address: Address, section: Section | None) -> Address:
    """Return `address` with what Vertex AI's paths begin with, unless it has a project already."""
    if not isinstance(section, Google) or "/projects/" in address.path:
        return address
    begin = address.path or "/v1"
    return replace(address, path=f"{begin}/projects/{section.project}/locations/{section.location}")


def references_in(section: Section) -> dict[str, str]:
    """Return the secret references of a section by key; keys that are not set are left out."""
    held = {name: str(getattr(section, name)) for name in _REFERENCES if hasattr(section, name)}
    return {name: text for name, text in held.items() if is_reference(text)}


def token_urls(section: Section) -> tuple[str, ...]:
    """Return where a section's credentials are asked for, as far as it says so: a document may name others."""
    match section:
        case Aws():
            is_alone = bool(section.access_key_id) and not section.assume
            is_sts = bool(section.web_identity_token_file or section.assume)
            is_here = not section.access_key_id and not section.web_identity_token_file
            return () if is_alone else ((sts_url(section),) * is_sts + (machine_url(section),) * is_here)
        case Google():
            return (machine_url(section),) if section.credentials == METADATA else _GOOGLE
        case Entra():
            return (machine_url(section) if section.managed_identity else section.authority,)
        case Watsonx():
            return (section.iam_url or _IBM,)


def sts_url(aws: Aws) -> str:
    """Return the address of AWS's token service for a section."""
    if aws.sts_url:
        return aws.sts_url
    is_china = aws.region.startswith("cn-")
    return f"https://sts.{aws.region}.amazonaws.com.cn/" if is_china else f"https://sts.{aws.region}.amazonaws.com/"


def machine_url(section: Aws | Google | Entra) -> str:
    """Return the address, without a path, of the endpoint that tells a machine or a container who it is."""
    is_ecs = isinstance(section, Aws) and section.credentials is AwsCredentials.CONTAINER
    return section.metadata_url.rstrip("/") or (_ECS if is_ecs else _MACHINE)


def is_in_a_folder(file: str) -> bool:
    """Whether a token file is in a folder that may stay readable: it is replaced there from time to time."""
    return file.startswith("/") and file.count("/") >= 3 and "/../" not in file and "\0" not in file


def watsonx_of(given: Watsonx, environment: Environment) -> Watsonx:
    """Return a section for watsonx with its gaps filled from the environment."""
    has_scope = given.project_id or given.space_id
    project_id = given.project_id if has_scope else _first(environment, _PROJECT_IDS)
    variable = next((name for name in _IBM_KEYS if environment.get(name)), "")
    return replace(
        given,
        project_id=project_id,
        space_id=given.space_id if has_scope or project_id else _first(environment, _SPACE_IDS),
        iam_api_key=given.iam_api_key or (f"env://{variable}" if variable else ""),
        iam_url=given.iam_url or _IBM,
    )


def _aws(given: Aws, environment: Environment) -> Aws:
    aws = replace(given, region=given.region or _first(environment, _REGIONS))
    if aws.access_key_id or aws.web_identity_token_file or aws.credentials is not AwsCredentials.ENVIRONMENT:
        return aws
    if environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_SECRET_ACCESS_KEY"):
        token = "env://AWS_SESSION_TOKEN" if environment.get("AWS_SESSION_TOKEN") else ""
        keys = {"access_key_id": "env://AWS_ACCESS_KEY_ID", "secret_access_key": "env://AWS_SECRET_ACCESS_KEY"}
        return replace(aws, **keys, session_token=token)
    if environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") and (aws.role_arn or environment.get("AWS_ROLE_ARN")):
        return replace(
            aws,
            web_identity_token_file=environment["AWS_WEB_IDENTITY_TOKEN_FILE"],
            role_arn=aws.role_arn or environment["AWS_ROLE_ARN"],
            session_name=environment.get("AWS_ROLE_SESSION_NAME") or aws.session_name,
        )
    return replace(aws, credentials=AwsCredentials.CONTAINER) if _first(environment, _CONTAINER_URIS) else aws


def _has_aws(aws: Aws) -> bool:
    is_elsewhere = aws.credentials is not AwsCredentials.ENVIRONMENT
    return bool(aws.access_key_id or aws.web_identity_token_file) or is_elsewhere


def _google(given: Google, environment: Environment) -> Google:
    file = environment.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    return replace(
        given,
        credentials=given.credentials or (f"file://{file}" if file else ""),
        project=given.project or _first(environment, _PROJECTS),
        location=given.location or _first(environment, _LOCATIONS) or "global",
    )


def _entra(given: Entra, environment: Environment) -> Entra:
    entra = replace(
        given,
        tenant=given.tenant or environment.get("AZURE_TENANT_ID", ""),
        client_id=given.client_id or ("" if given.managed_identity else environment.get("AZURE_CLIENT_ID", "")),
        authority=(given.authority or environment.get("AZURE_AUTHORITY_HOST") or _AUTHORITY).rstrip("/"),
    )
    if entra.managed_identity or _proofs(entra):
        return entra
    if environment.get("AZURE_CLIENT_SECRET"):
        return replace(entra, client_secret="env://AZURE_CLIENT_SECRET")  # noqa: S106 - a reference
    if file := environment.get("AZURE_CLIENT_CERTIFICATE_PATH"):
        return replace(entra, certificate=f"file://{file}")
    return replace(entra, federated_token_file=environment.get("AZURE_FEDERATED_TOKEN_FILE", ""))


def _has_entra(entra: Entra) -> bool:
    return bool(entra.tenant and entra.client_id and _proofs(entra))


def _proofs(entra: Entra) -> list[str]:
    return [one for one in (entra.client_secret, entra.certificate, entra.federated_token_file) if one]


def _aws_complaints(aws: Aws, path: str) -> Iterator[Complaint]:
    if not aws.region:
        yield Complaint(f"{path}.region", "is missing", "set it, or AWS_REGION in the environment")
    if bool(aws.access_key_id) != bool(aws.secret_access_key):
        yield Complaint(path, "has half of an access key", "write both access_key_id and secret_access_key")
    if not _has_aws(aws):
        fix = "name an access key, web_identity_token_file with role_arn, or credentials: container or instance"
        yield Complaint(path, "does not say where its credentials come from", fix)
    if aws.access_key_id and aws.web_identity_token_file:
        yield Complaint(path, "has both an access key and a token file", "remove one of them")
    if bool(aws.role_arn) != bool(aws.web_identity_token_file):
        fix = "write both, or a role to assume under assume"
        yield Complaint(path, "has one of role_arn and web_identity_token_file without the other", fix)
    yield from _file_complaints(aws.web_identity_token_file, f"{path}.web_identity_token_file")
    yield from _url_complaints(aws.sts_url, f"{path}.sts_url")
    yield from _url_complaints(aws.metadata_url, f"{path}.metadata_url")


def _google_complaints(google: Google, path: str) -> Iterator[Complaint]:
    if not google.credentials:
        fix = "write a reference to a JSON document, or metadata; or set GOOGLE_APPLICATION_CREDENTIALS"
        yield Complaint(f"{path}.credentials", "is missing", fix)
    if not google.project:
        yield Complaint(f"{path}.project", "is missing", "set it, or VERTEXAI_PROJECT in the environment")
    yield from _url_complaints(google.metadata_url, f"{path}.metadata_url")


def _entra_complaints(entra: Entra, path: str) -> Iterator[Complaint]:
    proofs = _proofs(entra)
    if entra.managed_identity and proofs:
        yield Complaint(path, "is a managed identity and an application at once", "remove one of them")
    elif not entra.managed_identity:
        if not entra.tenant or not entra.client_id:
            yield Complaint(path, "lacks tenant or client_id", "set both, or AZURE_TENANT_ID and AZURE_CLIENT_ID")
        if len(proofs) != 1:
            fix = "write one of client_secret, certificate, federated_token_file, or managed_identity: true"
            yield Complaint(path, "has not exactly one way to prove who it is", fix)
    yield from _file_complaints(entra.federated_token_file, f"{path}.federated_token_file")
    yield from _url_complaints(entra.authority, f"{path}.authority")
    yield from _url_complaints(entra.metadata_url, f"{path}.metadata_url")


def _file_complaints(file: str, path: str) -> Iterator[Complaint]:
    """A sealed process may read the folder that the file is in: it must be one of its own."""
    if file and not is_in_a_folder(file):
        yield Complaint(path, "is not a file in a folder of its own", FOLDER)


def _url_complaints(url: str, path: str) -> Iterator[Complaint]:
    if url and not isinstance(read_address(url), Address):
        yield Complaint(path, "is not an http or https URL", "write it as https://host/path")


def _first(environment: Environment, names: tuple[str, ...]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")
