"""What a provider's entry may say about a cloud: who the gateway is there, and where."""

from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta


class AwsCredentials(Enum):
    """Where AWS credentials come from, when neither keys nor a token file are named."""

    ENVIRONMENT = "environment"  # as AWS's SDKs: keys, web identity, container
    CONTAINER = "container"
    INSTANCE = "instance"


class AwsRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role to assume with the credentials before it."""

    role_arn: str
    external_id: str = ""
    session_name: str = "narrowgate"


class Aws(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Credentials for AWS Bedrock, in place of `api_key`.

    Keys are secret references. With `web_identity_token_file` (read anew each time) and `role_arn` a token of
    another issuer is exchanged (IRSA). Otherwise `credentials` says where they come from: `environment` (as
    AWS's SDKs, without profiles and without the machine's metadata), `container` (ECS, EKS Pod Identity) or
    `instance` (the machine's metadata service). The roles of `assume` are assumed one after another. `region`
    is AWS_REGION's if empty. `sts_url` and `metadata_url` replace the usual addresses.
    """

    region: Annotated[str, Meta(pattern="^[a-z0-9-]{0,32}$")] = ""
    access_key_id: str = ""
    secret_access_key: str = ""
    session_token: str = ""
    credentials: AwsCredentials = AwsCredentials.ENVIRONMENT
    web_identity_token_file: str = ""
    role_arn: str = ""
    session_name: str = "narrowgate"
    assume: tuple[AwsRole, ...] = ()
    sts_url: str = ""
    metadata_url: str = ""


class Google(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Google's credentials and place for Vertex AI, in place of `api_key`.

    `credentials` is a reference to a JSON document (a service account's key, workload identity federation,
    what `gcloud auth application-default login` leaves), or the word `metadata` for the machine's or pod's own
    service account. Empty: the file that GOOGLE_APPLICATION_CREDENTIALS names. `project` and `location` come
    from VERTEXAI_PROJECT or GOOGLE_CLOUD_PROJECT, and VERTEXAI_LOCATION or GOOGLE_CLOUD_LOCATION, if empty.
    """

    credentials: str = ""
    project: Annotated[str, Meta(pattern="^[a-z0-9.:-]{0,64}$")] = ""
    location: Annotated[str, Meta(pattern="^[a-z0-9-]{0,32}$")] = ""
    scope: str = "https://www.googleapis.com/auth/cloud-platform"
    metadata_url: str = ""


class Entra(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who the gateway is in Entra ID, in place of `api_key`.

    An application of `tenant` with `client_secret` (a reference), `certificate` (a reference to PEM with the
    certificate and its RSA key) or `federated_token_file` (read anew each time); or `managed_identity`, of the
    user's own with `client_id`. Empty ones come from AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET,
    AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE and AZURE_AUTHORITY_HOST.
    """

    tenant: Annotated[str, Meta(pattern="^[A-Za-z0-9.-]{0,128}$")] = ""
    client_id: str = ""
    client_secret: str = ""
    certificate: str = ""
    federated_token_file: str = ""
    managed_identity: bool = False
    scope: str = "https://cognitiveservices.azure.com/.default"
    authority: str = ""
    metadata_url: str = ""


class Watsonx(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose budget watsonx counts calls to: a project or a deployment space; and the key to get tokens with.

    `iam_api_key` is a reference to an API key of IBM Cloud's, in place of a token in `api_key`. Empty ones come from
    WATSONX_PROJECT_ID, WATSONX_DEPLOYMENT_SPACE_ID and WATSONX_APIKEY (or WATSONX_API_KEY). `iam_url` replaces
    IBM Cloud's own.
    """

    project_id: Annotated[str, Meta(max_length=64)] = ""
    space_id: Annotated[str, Meta(max_length=64)] = ""
    iam_api_key: str = ""
    iam_url: str = ""
