import json
import os

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.supervisor.veil import Veil

SECRET = "sk-canary-0123456789"


def test_values_that_may_be_secret_have_a_stand_in_of_the_same_length() -> None:
    veil = Veil(os.urandom)
    had = {"OPENAI_API_KEY": SECRET, "NARROWGATE_HOST": "127.0.0.1", "HOME": "/home/someone", "SHORT": "abc"}
    had["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/var/run/secrets/token"
    seen = veil.variables(had)
    assert seen["OPENAI_API_KEY"] != SECRET
    assert len(seen["OPENAI_API_KEY"]) == len(SECRET)
    assert {name for name in had if seen[name] == had[name]} == set(had) - {"OPENAI_API_KEY"}
    assert veil.variables(had) == seen
    assert SECRET not in repr(veil)


def test_a_stand_in_is_turned_back_wherever_it_stands() -> None:
    veil = Veil(os.urandom)
    stand_in = veil.text(SECRET)
    assert veil.lift(f'["Bearer {stand_in}"]'.encode()) == f'["Bearer {SECRET}"]'.encode()


def test_an_address_stays_readable_and_its_password_does_not() -> None:
    veil = Veil(os.urandom)
    assert veil.text("https://proxy.example:3128/x") == "https://proxy.example:3128/x"
    seen = veil.text("http://user:long-password@proxy.example:3128")
    assert seen.startswith("http://user:")
    assert seen.endswith("@proxy.example:3128")
    assert "long-password" not in seen
    assert veil.lift(seen.encode()) == b"http://user:long-password@proxy.example:3128"


def test_a_document_can_be_read_and_its_texts_cannot() -> None:
    veil = Veil(os.urandom)
    text = json.dumps(
        {
            "type": "service_account",
            "private_key": "-----BEGIN PRIVATE KEY-----\nMIIEvQ+/abc=\n-----END PRIVATE KEY-----\n",
            "client_email": 'someone"quoted"@example',
            "token_uri": "https://oauth2.googleapis.com/token",
            "credential_source": {"file": "/var/run/tokens/token", "headers": {"Authorization": "Bearer canary-0123"}},
        },
        indent=2,
    )
    seen = veil.text(text)
    assert len(seen) == len(text)
    assert not [word for word in ("MIIEvQ", "someone", "canary") if word in seen]
    document = json.loads(seen)
    assert (document["type"], document["token_uri"]) == ("service_account", "https://oauth2.googleapis.com/token")
    assert document["credential_source"]["file"] == "/var/run/tokens/token"
    moved = json.dumps({"identity": {"key": document["private_key"], "email": document["client_email"]}})
    lifted = json.loads(veil.lift(moved.encode()))
    assert lifted["identity"] == {"key": json.loads(text)["private_key"], "email": 'someone"quoted"@example'}


def test_a_private_key_in_pem_keeps_its_shape_and_the_certificate_beside_it() -> None:
    veil = Veil(os.urandom)
    certificate = "-----BEGIN CERTIFICATE-----\nAAECAAECAAEC\n-----END CERTIFICATE-----\n"
    text = (
        f"{certificate}-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ+/abcd\nMIIEvQ==\nab==\n-----END RSA PRIVATE KEY-----\n"
    )
    seen = veil.text(text)
    assert seen.startswith(certificate)
    assert "MIIEvQ" not in seen
    assert [len(line) for line in seen.splitlines()] == [len(line) for line in text.splitlines()]
    assert json.loads(veil.lift(json.dumps(seen).encode())) == text


def test_what_cloud_sdks_name_and_is_no_secret_stays_readable() -> None:
    veil = Veil(os.urandom)
    names = "AWS_DEFAULT_REGION AWS_REGION_NAME AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AZURE_TENANT_ID AZURE_CLIENT_ID "
    names += "AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AZURE_FEDERATED_TOKEN_FILE "
    names += "AZURE_CLIENT_CERTIFICATE_PATH AZURE_AUTHORITY_HOST AZURE_API_VERSION OPENAI_API_VERSION VERTEXAI_PROJECT "
    names += "VERTEXAI_LOCATION GOOGLE_CLOUD_PROJECT GOOGLE_APPLICATION_CREDENTIALS CLOUD_ML_REGION WATSONX_PROJECT_ID "
    names += "WATSONX_DEPLOYMENT_SPACE_ID ANTHROPIC_VERTEX_PROJECT_ID"
    had = dict.fromkeys(names.split(), "a-value-of-some-length")
    assert veil.variables(had) == had
    secret = (
        "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN IDENTITY_HEADER "
    )
    secret += "AZURE_CLIENT_SECRET WATSONX_APIKEY VERTEX_ACCESS_TOKEN"
    had = dict.fromkeys(secret.split(), "a-value-of-some-length")
    assert not set(veil.variables(had).values()) & set(had.values())


def test_a_line_end_behind_a_secret_stays() -> None:
    veil = Veil(os.urandom)
    assert veil.text(f"{SECRET}\n") == veil.text(SECRET) + "\n"


@given(st.text())
def test_lifting_gives_back_what_was_there(value: str) -> None:
    veil = Veil(os.urandom)
    seen = veil.text(value)
    assert len(seen) == len(value)
    assert veil.lift(seen.encode("utf-8", "surrogatepass")) == value.encode("utf-8", "surrogatepass")


@given(st.dictionaries(st.text(max_size=12), st.text() | st.lists(st.text(), max_size=3), max_size=4), st.booleans())
def test_a_document_moved_on_is_what_it_was(document: dict[str, object], is_ascii: bool) -> None:
    veil = Veil(os.urandom)
    text = json.dumps(document, ensure_ascii=is_ascii)
    seen = veil.text(text)
    assert len(seen) == len(text)
    moved = json.dumps({"identity": json.loads(seen)}).encode("utf-8", "surrogatepass")
    assert json.loads(veil.lift(moved)) == {"identity": document}
