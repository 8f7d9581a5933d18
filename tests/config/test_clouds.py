import pytest
from msgspec.structs import replace

from narrowgate.config.address import Address, read_address
from narrowgate.config.cloud_schema import Aws, AwsCredentials, AwsRole, Entra, Google, Watsonx
from narrowgate.config.clouds import (
    Section,
    base_of,
    is_in_a_folder,
    machine_url,
    placed,
    references_in,
    section_complaints,
    section_of,
    sts_url,
    token_urls,
    word_of,
)
from narrowgate.config.schema import Provider
from narrowgate.providers.registry import PROFILES

IRSA = {"AWS_REGION": "eu-west-1", "AWS_WEB_IDENTITY_TOKEN_FILE": "/a/b/c", "AWS_ROLE_ARN": "arn:1"}
KEYS = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s"}
AKS = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_FEDERATED_TOKEN_FILE": "/a/b/c"}
ADC = {"GOOGLE_APPLICATION_CREDENTIALS": "/a/adc.json", "GOOGLE_CLOUD_PROJECT": "p"}


def section(name: str, entry: Provider | None = None, /, **environment: str) -> Section | None:
    return section_of(entry or Provider(), PROFILES[name], environment)


def problems(given: Section) -> str:
    return "\n".join(str(complaint) for complaint in section_complaints(given, "providers.x"))


def test_a_provider_of_no_cloud_has_none() -> None:
    assert section("openai", **IRSA, **AKS, **ADC) is None
    assert [section(name) for name in ("bedrock", "vertex", "azure", "watsonx")] == [None] * 4


def test_aws_is_what_its_sdks_variables_say() -> None:
    web = section("bedrock", **IRSA, AWS_ROLE_SESSION_NAME="s")
    assert web == Aws("eu-west-1", web_identity_token_file="/a/b/c", role_arn="arn:1", session_name="s")
    keys = section("bedrock", **(IRSA | KEYS))
    assert isinstance(keys, Aws)
    assert (keys.access_key_id, keys.session_token) == ("env://AWS_ACCESS_KEY_ID", "")
    container = section("bedrock", AWS_REGION_NAME="eu-west-1", AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/x")
    assert container == Aws("eu-west-1", credentials=AwsCredentials.CONTAINER)
    assert section("bedrock", AWS_REGION="eu-west-1") is None
    named = Provider(aws=Aws(credentials=AwsCredentials.INSTANCE))
    assert section("bedrock", named, **KEYS) == Aws("eu-west-1", credentials=AwsCredentials.INSTANCE)


def test_google_is_what_its_sdks_and_litellm_say() -> None:
    found = section("vertex", **ADC)
    assert found == Google("file:///a/adc.json", "p", "global")
    found = section("vertex", **ADC, VERTEXAI_PROJECT="q", VERTEXAI_LOCATION="us")
    assert found == Google("file:///a/adc.json", "q", "us")
    assert section("vertex", GOOGLE_CLOUD_PROJECT="p") is None
    assert isinstance(section("vertex-anthropic", **ADC), Google)


def test_entra_is_what_its_sdks_say() -> None:
    found = section("azure", **AKS)
    authority = "https://login.microsoftonline.com"
    assert found == Entra("t", "c", federated_token_file="/a/b/c", authority=authority)
    found = section("azure", **AKS, AZURE_CLIENT_SECRET="x", AZURE_AUTHORITY_HOST="https://login.example/")
    assert found == Entra("t", "c", client_secret="env://AZURE_CLIENT_SECRET", authority="https://login.example")
    found = section("azure-ai", **AKS, AZURE_CLIENT_CERTIFICATE_PATH="/a/b.pem")
    assert found == Entra("t", "c", certificate="file:///a/b.pem", authority=authority)
    managed = section("azure", Provider(entra=Entra(managed_identity=True)), **AKS)
    assert managed == Entra("t", managed_identity=True, authority=authority)


def test_watsonx_has_a_section_for_a_key_only() -> None:
    assert section("watsonx", WATSONX_PROJECT_ID="p") is None
    found = section("watsonx", WATSONX_APIKEY="k", WATSONX_DEPLOYMENT_SPACE_ID="s")
    iam = "https://iam.cloud.ibm.com/identity/token"
    assert found == Watsonx(space_id="s", iam_api_key="env://WATSONX_APIKEY", iam_url=iam)
    named = section("watsonx", Provider(watsonx=Watsonx(space_id="own")), WATSONX_API_KEY="k", WATSONX_PROJECT_ID="p")
    assert named == Watsonx(space_id="own", iam_api_key="env://WATSONX_API_KEY", iam_url=iam)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (Aws("eu-west-1"), "https://bedrock-runtime.eu-west-1.amazonaws.com"),
        (Aws("cn-north-1"), "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"),
        (Google(location="global"), "https://aiplatform.googleapis.com"),
        (Google(location="eu"), "https://aiplatform.eu.rep.googleapis.com"),
        (Google(location="europe-west1"), "https://europe-west1-aiplatform.googleapis.com"),
        (Entra(), ""),
        (None, ""),
    ],
)
def test_a_region_means_an_address(given: Section | None, address: str) -> None:
    assert base_of(given) == address


def test_vertex_paths_begin_with_project_and_location() -> None:
    address = read_address("https://aiplatform.googleapis.com")
    assert isinstance(address, Address)
    google = Google("metadata", "p", "global")
    assert placed(address, google).path == "/v1/projects/p/locations/global"
    beta = replace(address, path="/v1beta1")
    assert placed(beta, google).path == "/v1beta1/projects/p/locations/global"
    own = replace(address, path="/v1/projects/x/locations/y")
    assert placed(own, google) == own
    assert placed(address, Entra()) == address


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Aws(), "providers.x.aws.region: is missing"),
        (Aws("r"), "does not say where its credentials come from"),
        (Aws("r", access_key_id="env://A"), "has half of an access key"),
        (Aws("r", role_arn="arn"), "one of role_arn and web_identity_token_file"),
        (Aws("r", web_identity_token_file="/token", role_arn="a"), "is not a file in a folder of its own"),
        (Aws("r", credentials=AwsCredentials.INSTANCE, metadata_url="ftp://x"), "metadata_url: is not an http"),
        (Google(project="p"), "providers.x.google.credentials: is missing"),
        (Google("metadata"), "project: is missing"),
        (Entra(), "lacks tenant or client_id"),
        (Entra("t", "c"), "not exactly one way"),
        (Entra("t", "c", client_secret="env://A", certificate="env://B"), "not exactly one way"),
        (Entra(managed_identity=True, client_secret="env://A"), "and an application at once"),
        (Entra(managed_identity=True, authority="x"), "authority: is not an http"),
        (Watsonx(iam_url="x"), "providers.x.watsonx.iam_url: is not an http"),
    ],
)
def test_what_is_missing_or_said_twice_is_told(given: Section, said: str) -> None:
    assert said in problems(given)


def test_what_is_whole_has_no_complaints() -> None:
    assert problems(Aws("r", access_key_id="env://A", secret_access_key="env://B")) == ""
    assert problems(Google("metadata", "p")) == ""
    assert problems(Entra(managed_identity=True)) == ""
    assert problems(Watsonx()) == ""


def test_references_are_those_that_are_set() -> None:
    keys = Aws("r", "env://A", "env://B")
    assert references_in(keys) == {"access_key_id": "env://A", "secret_access_key": "env://B"}
    assert references_in(Aws("r", credentials=AwsCredentials.INSTANCE)) == {}
    assert references_in(Google("metadata")) == {}
    assert references_in(Google("file:///a")) == {"credentials": "file:///a"}
    assert references_in(Entra(certificate="file:///c")) == {"certificate": "file:///c"}
    assert references_in(Watsonx(iam_api_key="env://K")) == {"iam_api_key": "env://K"}
    assert [word_of(one) for one in (keys, Google(), Entra(), Watsonx())] == ["aws", "google", "entra", "watsonx"]


def test_credentials_are_asked_for_where_the_section_says() -> None:
    keys = Aws("eu-west-1", "env://A", "env://B")
    assert token_urls(keys) == ()
    assert token_urls(replace(keys, assume=(AwsRole("arn"),))) == (sts_url(keys),)
    assert token_urls(Aws("r", web_identity_token_file="/a/b/c", role_arn="a")) == ("https://sts.r.amazonaws.com/",)
    assert token_urls(Aws("r", credentials=AwsCredentials.INSTANCE)) == ("http://169.254.169.254",)
    assert token_urls(Aws("r", credentials=AwsCredentials.CONTAINER)) == ("http://169.254.170.2",)
    assert token_urls(Google("metadata")) == ("http://169.254.169.254",)
    assert "https://sts.googleapis.com" in token_urls(Google("file:///a"))
    assert token_urls(Entra(authority="https://login.example")) == ("https://login.example",)
    assert token_urls(Watsonx()) == ("https://iam.cloud.ibm.com/identity/token",)
    assert machine_url(Entra(metadata_url="http://h/")) == "http://h"


def test_a_token_file_has_a_folder_that_may_stay_readable() -> None:
    assert is_in_a_folder("/var/run/token")
    assert not any(map(is_in_a_folder, ("token", "/token", "/run/token", "/a/../b/c")))
