import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from narrowgate.adapters.secrets.identities import IdentityUnavailable, identity_from
from narrowgate.config.cloud_schema import Aws, AwsCredentials, AwsRole, Entra, Google, Watsonx
from narrowgate.config.clouds import Section
from narrowgate.signing import identities as known

CANARY = "canary-secret"
SECRETS = {"KEY_ID": "AKIA1", "SECRET": CANARY, "SESSION": "session"}
KEYS = Aws(region="eu-west-1", access_key_id="env://KEY_ID", secret_access_key="env://SECRET")
CONTAINER = Aws(region="eu-west-1", credentials=AwsCredentials.CONTAINER)
APP = Entra(tenant="t", client_id="c", authority="https://login.microsoftonline.com")
PEM = "-----BEGIN {0}-----\nAAEC\n-----END {0}-----\n"
IAM = "https://iam.example/t"


def google(document: object, **environment: str) -> known.Identity:
    text = document if isinstance(document, str) else json.dumps(document)
    return identity_from(Google(credentials="env://DOCUMENT", scope="scope"), {"DOCUMENT": text, **environment})


def refusal(section: Section, environment: dict[str, str]) -> IdentityUnavailable:
    with pytest.raises(IdentityUnavailable) as caught:
        identity_from(section, environment)
    assert CANARY not in str(caught.value)
    return caught.value


def test_keys_of_aws_with_and_without_a_session() -> None:
    assert identity_from(KEYS, SECRETS) == known.AwsKeys("AKIA1", CANARY, "")
    assert identity_from(replace(KEYS, session_token="env://SESSION"), SECRETS) == known.AwsKeys(
        "AKIA1", CANARY, "session"
    )
    assert refusal(KEYS, {"KEY_ID": "AKIA1"}).place == "aws.secret_access_key"


def test_roles_are_assumed_one_after_another_in_the_regions_own_service() -> None:
    chain = replace(KEYS, assume=(AwsRole("arn:1", "ext"), AwsRole("arn:2", session_name="s")))
    url = "https://sts.eu-west-1.amazonaws.com/"
    inner = known.AwsRole(url, "arn:1", "narrowgate", "ext", known.AwsKeys("AKIA1", CANARY, ""))
    assert identity_from(chain, SECRETS) == known.AwsRole(url, "arn:2", "s", "", inner)
    china = Aws(region="cn-north-1", web_identity_token_file="/a/b/c", role_arn="arn:1")
    found = identity_from(china, {})
    assert found == known.AwsWebIdentity("https://sts.cn-north-1.amazonaws.com.cn/", "arn:1", "narrowgate", "/a/b/c")


def test_a_container_says_where_its_endpoint_is() -> None:
    relative = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}
    assert identity_from(CONTAINER, relative) == known.AwsContainer("http://169.254.170.2/v2/x")
    full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}
    full |= {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/var/run/eks/token"}
    found = identity_from(CONTAINER, full)
    assert found == known.AwsContainer("http://169.254.170.23/v1/credentials", "", "/var/run/eks/token")
    assert "no endpoint" in refusal(CONTAINER, {}).problem
    assert (
        "folder of its own" in refusal(CONTAINER, full | {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token"}).problem
    )
    odd = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "file:///x"}
    assert "no http or https URL" in refusal(CONTAINER, odd).problem
    machine = Aws(region="eu-west-1", credentials=AwsCredentials.INSTANCE)
    assert identity_from(machine, {}) == known.AwsInstance("http://169.254.169.254")


def test_documents_of_googles() -> None:
    account = {"type": "service_account", "client_email": "s@p", "private_key": "pem", "private_key_id": "k"}
    assert google(account) == known.GoogleKey("s@p", "k", "pem", "https://oauth2.googleapis.com/token", "scope")
    user = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    assert google(user | {"token_uri": IAM}) == known.GoogleUser("c", "s", "r", IAM)
    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    metadata = identity_from(Google(credentials="metadata"), {})
    assert metadata == known.GoogleMetadata(f"http://169.254.169.254{path}")


def test_federation_names_a_file_or_an_address() -> None:
    base = {"type": "external_account", "audience": "a", "subject_token_type": "jwt", "token_url": IAM}
    form = {"type": "json", "subject_token_field_name": "id"}
    found = google(base | {"credential_source": {"file": "/a/b/c", "format": form}})
    assert found == known.GoogleFederated("a", "jwt", IAM, "scope", file="/a/b/c", field="id")
    source = {"url": "https://i/t?aud=x", "headers": {"A": "b"}, "format": {"type": "text"}}
    found = google(base | {"credential_source": source, "service_account_impersonation_url": "https://i/x"})
    headers = (("A", "b"),)
    assert found == known.GoogleFederated(
        "a", "jwt", IAM, "scope", url="https://i/t?aud=x", url_headers=headers, impersonation_url="https://i/x"
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("junk", "does not lead to a JSON object"),
        ("[]", "does not lead to a JSON object"),
        ({}, "of another type"),
        ({"type": "impersonated_service_account"}, "of another type"),
        ({"type": "service_account", "private_key": CANARY}, "without client_email"),
        ({"type": "service_account", "client_email": "e", "private_key": CANARY, "token_uri": "gopher://x"}, "no http"),
        ({"type": "external_account", "audience": "a", "subject_token_type": "j", "token_url": IAM}, "neither a file"),
    ],
)
def test_documents_that_cannot_be_used(document: object, said: str) -> None:
    with pytest.raises(IdentityUnavailable, match=said) as caught:
        google(document)
    assert caught.value.place == "google.credentials"
    assert CANARY not in str(caught.value)


def test_an_application_of_entra_ids(tmp_path: Path) -> None:
    url = "https://login.microsoftonline.com/t/oauth2/v2.0/token"
    secret = identity_from(replace(APP, client_secret="env://SECRET"), SECRETS)
    assert secret == known.EntraApp(url, "c", APP.scope, client_secret=CANARY)
    found = identity_from(replace(APP, federated_token_file="/a/b/c"), {})
    assert found == known.EntraApp(url, "c", APP.scope, token_file="/a/b/c")
    file = tmp_path / "app.pem"
    file.write_text(PEM.format("CERTIFICATE") + PEM.format("PRIVATE KEY"))
    proof = identity_from(replace(APP, certificate=f"file://{file}"), {})
    assert isinstance(proof, known.EntraApp)
    # SHA-256 of the bytes 0, 1, 2, in base64 for URLs.
    assert proof.thumbprint == "rksygOVuL6-D9BSm49q-nV--GJdlRMBf7RIazLhbU_w"
    file.write_text(PEM.format("CERTIFICATE"))
    assert "a certificate and its key" in refusal(replace(APP, certificate=f"file://{file}"), {}).problem


def test_a_managed_identity_is_the_services_if_there_is_one() -> None:
    mine = Entra(managed_identity=True, client_id="c")
    resource = "https://cognitiveservices.azure.com"
    path = "http://169.254.169.254/metadata/identity/oauth2/token"
    assert identity_from(mine, {}) == known.EntraManaged(path, resource, "c")
    here = {"IDENTITY_ENDPOINT": "http://localhost:1/msi", "IDENTITY_HEADER": CANARY}
    assert identity_from(mine, here) == known.EntraManaged("http://localhost:1/msi", resource, "c", CANARY)
    elsewhere = replace(mine, metadata_url="http://10.0.0.1/")
    found = identity_from(elsewhere, here)
    assert found == known.EntraManaged("http://10.0.0.1/metadata/identity/oauth2/token", resource, "c")


def test_a_key_of_ibm_clouds() -> None:
    section = Watsonx(iam_api_key="env://SECRET", iam_url=IAM)
    assert identity_from(section, SECRETS) == known.IbmKey(IAM, CANARY)
    assert refusal(section, {}).place == "watsonx.iam_api_key"


def test_files_are_read_by_whoever_may() -> None:
    read: list[Path] = []

    def read_file(path: Path) -> bytes:
        read.append(path)
        return json.dumps(
            {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
        ).encode()

    assert isinstance(identity_from(Google(credentials="file:///x/adc.json"), {}, read_file), known.GoogleUser)
    assert read == [Path("/x/adc.json")]
