"""Every way in which a cloud is told who the gateway is, once through the front door."""

import json
import sys
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.e2e.clouds import CANARY, Cloud, aws_keys, document, is_proved, token
from tests.e2e.gateway import Gateway, wait_until
from tests.e2e.provider import Provider, Request
from tests.e2e.test_custody import around, hits

pytestmark = pytest.mark.slow

HEADER = "identity-header-canary-0123"


def call(
    tmp_path: Path,
    provider: Provider,
    cloud: Cloud,
    config: str,
    model: str,
    custody: str = "split",
    **environment: str,
) -> Gateway:
    """Start a gateway, make one call that must succeed, look for secrets in what it logged; return it, stopped."""
    provider.reset(cloud)
    gateway = Gateway(tmp_path, config.replace("HERE", f"http://127.0.0.1:{provider.port}"), custody=custody)
    gateway.environment |= environment
    gateway.start()
    try:
        status, _, body = gateway.call({"model": model, "messages": [{"role": "user", "content": "hi"}]})
        assert status == 200, (body, gateway.text())
        assert wait_until(lambda: gateway.metric("narrowgate_credential_renewals_total"))
    finally:
        assert gateway.stop() == 0
    assert CANARY not in gateway.text()
    return gateway


def pem_of(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def test_googles_metadata_server(tmp_path: Path, provider: Provider) -> None:
    cloud = Cloud({"/computeMetadata/v1/instance/service-accounts/default/token": token})
    config = """
providers:
  vertex:
    base_url: HERE
    google: {credentials: metadata, project: p-1, location: europe-west1, metadata_url: HERE}
"""
    call(tmp_path, provider, cloud, config, "vertex/gemini-x")
    assert cloud.asked[0].headers[b"metadata-flavor"] == b"Google"
    assert cloud.bearer == f"Bearer {CANARY}-1"
    path = b"/v1/projects/p-1/locations/europe-west1/publishers/google/models/gemini-x:generateContent"
    assert cloud.used[0].line == b"POST " + path + b" HTTP/1.1"


@pytest.mark.parametrize("custody", ["split", "merged"])
def test_a_service_account_and_claude(tmp_path: Path, provider: Provider, custody: str) -> None:
    key = rsa.generate_private_key(65_537, 2_048)
    token_url = f"http://127.0.0.1:{provider.port}/token"
    account = {"type": "service_account", "client_email": "s@p.example", "private_key": pem_of(key)}
    file = tmp_path / "key.json"
    file.write_text(json.dumps({**account, "private_key_id": "key-id-1", "token_uri": token_url}))
    cloud = Cloud({" /token ": token})
    config = f"""
providers:
  vertex-anthropic: {{base_url: HERE, google: {{credentials: "file://{file}", project: p-1, location: europe-west1}}}}
"""
    call(tmp_path, provider, cloud, config, "vertex-anthropic/claude-x", custody)
    path = "/v1/projects/p-1/locations/europe-west1/publishers/anthropic/models/claude-x:rawPredict"
    assert cloud.used[0].line == f"POST {path} HTTP/1.1".encode()
    assert cloud.bearer == f"Bearer {CANARY}-1"
    sent = json.loads(cloud.used[0].body)
    assert (sent["anthropic_version"], "model" in sent) == ("vertex-2023-10-16", False)
    signed, _, proof = cloud.fields(0)["assertion"].rpartition(".")
    signature = urlsafe_b64decode(proof + "==")
    key.public_key().verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    header, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in signed.split("."))
    assert (header["kid"], claims["iss"], claims["aud"]) == ("key-id-1", "s@p.example", token_url)


def test_claude_on_vertex_in_its_own_dialect(tmp_path: Path, provider: Provider) -> None:
    cloud = Cloud({"/computeMetadata/": token, "count-tokens": lambda _request: {"input_tokens": 7}})
    provider.reset(cloud)
    here = f"http://127.0.0.1:{provider.port}"
    section = f'google: {{credentials: metadata, project: p, metadata_url: "{here}"}}'
    gateway = Gateway(tmp_path, f'providers: {{vertex-anthropic: {{base_url: "{here}", {section}}}}}').start()
    asked = {"model": "vertex-anthropic/claude@1", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    try:
        whole = gateway.call(asked, "/v1/messages")
        streamed = gateway.call(asked | {"stream": True}, "/v1/messages")
        counted = gateway.call(asked, "/v1/messages/count_tokens")
    finally:
        assert gateway.stop() == 0
    assert [status for status, _, _ in (whole, streamed, counted)] == [200] * 3, (whole, streamed, counted)
    assert json.loads(whole[2])["content"] == [{"type": "text", "text": "hello"}]
    assert b'"text":"hello"' in streamed[2]
    assert streamed[2].rstrip().endswith(b'{"type":"message_stop"}')
    assert json.loads(counted[2]) == {"input_tokens": 7}
    models = b"POST /v1/projects/p/locations/global/publishers/anthropic/models/"
    assert [request.line for request in cloud.used] == [
        models + b"claude%401:rawPredict HTTP/1.1",
        models + b"claude%401:streamRawPredict HTTP/1.1",
    ]
    assert cloud.asked[-1].line == models + b"count-tokens:rawPredict HTTP/1.1"
    assert [json.loads(request.body).get("model") for request in cloud.used] == [None, None]
    assert json.loads(cloud.asked[-1].body)["model"] == "claude@1"
    assert {request.headers[b"authorization"] for request in (*cloud.used, cloud.asked[-1])} == {
        f"Bearer {CANARY}-1".encode()
    }


def test_federation_with_a_token_file_named_by_the_environment(tmp_path: Path, provider: Provider) -> None:
    folder = tmp_path / "mounted" / "tokens"
    folder.mkdir(parents=True)
    (folder / "token.json").write_text(json.dumps({"id_token": "subject-canary-token"}))

    def account(request: Request) -> object:
        assert request.headers[b"authorization"] == f"Bearer {CANARY}-1".encode()
        return {"accessToken": f"{CANARY}-account", "expireTime": "2099-01-01T00:00:00Z"}

    cloud = Cloud({"/sts/v1/token": token, ":generateAccessToken": account})
    file = tmp_path / "adc" / "federation.json"
    file.parent.mkdir()
    source: dict[str, object] = {"file": str(folder / "token.json")}
    source |= {"format": {"type": "json", "subject_token_field_name": "id_token"}}
    then = f"http://127.0.0.1:{provider.port}/v1/projects/-/serviceAccounts/s:generateAccessToken"
    file.write_text(document(provider.port, credential_source=source, service_account_impersonation_url=then))
    named = {"GOOGLE_APPLICATION_CREDENTIALS": str(file), "VERTEXAI_PROJECT": "p-2"}
    call(tmp_path, provider, cloud, "providers: {vertex: {base_url: HERE}}", "vertex/gemini-x", **named)
    assert cloud.fields(0)["subject_token"] == "subject-canary-token"
    assert cloud.fields(0)["audience"] == "//iam.example/pool"
    assert cloud.bearer == f"Bearer {CANARY}-account"


def test_federation_with_a_token_from_an_address(tmp_path: Path, provider: Provider) -> None:
    cloud = Cloud({"/sts/v1/token": token, "/subject": lambda _request: "subject-of-url"})
    source = {"url": f"http://127.0.0.1:{provider.port}/subject", "headers": {"Authorization": "Bearer canary-token-x"}}
    config = """
providers:
  vertex: {base_url: HERE, google: {credentials: "env://FEDERATION", project: p}}
"""
    text = document(provider.port, credential_source=source)
    call(tmp_path, provider, cloud, config, "vertex/gemini-x", FEDERATION=text)
    assert cloud.asked[0].headers[b"authorization"] == b"Bearer canary-token-x"
    assert cloud.fields(1)["subject_token"] == "subject-of-url"


def test_an_entra_certificate(tmp_path: Path, provider: Provider) -> None:
    key = rsa.generate_private_key(65_537, 2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(day).not_valid_after(day + timedelta(days=3_650))
    certificate = made.sign(key, hashes.SHA256())
    file = tmp_path / "app.pem"
    file.write_text(certificate.public_bytes(serialization.Encoding.PEM).decode() + pem_of(key))
    cloud = Cloud({"/oauth2/v2.0/token": token})
    config = """
providers:
  azure: {base_url: HERE, entra: {authority: HERE}}
"""
    named = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_CERTIFICATE_PATH": str(file)}
    call(tmp_path, provider, cloud, config, "azure/m", AZURE_API_VERSION="2025-04-01-preview", **named)
    fields = cloud.fields(0)
    head, _, proof = fields["client_assertion"].rpartition(".")
    salt = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    key.public_key().verify(urlsafe_b64decode(proof + "=="), head.encode(), salt, hashes.SHA256())
    header = json.loads(urlsafe_b64decode(head.partition(".")[0] + "=="))
    digest = sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()
    assert urlsafe_b64decode(header["x5t#S256"] + "=") == digest
    assert (header["alg"], fields["client_id"]) == ("PS256", "c")
    assert fields["scope"] == "https://cognitiveservices.azure.com/.default"
    path = b"/openai/deployments/m/chat/completions?api-version=2025-04-01-preview"
    assert cloud.used[0].line == b"POST " + path + b" HTTP/1.1"
    assert cloud.bearer == f"Bearer {CANARY}-1"


@pytest.mark.parametrize("is_service", [False, True])
def test_a_managed_identity(tmp_path: Path, provider: Provider, *, is_service: bool) -> None:
    def given(request: Request) -> object:
        del request
        return {"access_token": f"{CANARY}-1", "expires_in": "3599", "expires_on": "4070908800"}

    where = "" if is_service else ", metadata_url: HERE"
    cloud = Cloud({"/msi/token" if is_service else "/metadata/identity/oauth2/token": given})
    config = f"providers: {{azure: {{base_url: HERE, entra: {{managed_identity: true, client_id: mine{where}}}}}}}"
    endpoint = f"http://127.0.0.1:{provider.port}/msi/token"
    here = {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": HEADER} if is_service else {}
    gateway = call(tmp_path, provider, cloud, config, "azure/m", **here)
    asked = cloud.asked[0]
    version = "2019-08-01" if is_service else "2018-02-01"
    assert f"api-version={version}&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=mine" in str(asked.line)
    name, value = (b"x-identity-header", HEADER.encode()) if is_service else (b"metadata", b"true")
    assert asked.headers[name] == value
    assert HEADER not in gateway.text()


def test_the_role_of_a_container(tmp_path: Path, provider: Provider) -> None:
    folder = tmp_path / "pod" / "identity"
    folder.mkdir(parents=True)
    (folder / "token").write_text("pod-identity-token\n")
    cloud = Cloud({"/v1/credentials": aws_keys})
    named = {"AWS_REGION": "eu-west-1", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(folder / "token")}
    named |= {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{provider.port}/v1/credentials"}
    call(tmp_path, provider, cloud, "providers: {bedrock: {base_url: HERE}}", "bedrock/m", **named)
    assert cloud.asked[0].headers[b"authorization"] == b"pod-identity-token"
    assert is_proved(cloud.used[0], "/model/m/converse", f"{CANARY}-secret")
    assert cloud.used[0].headers[b"x-amz-security-token"] == f"{CANARY}-session".encode()


def test_the_role_of_a_machine(tmp_path: Path, provider: Provider) -> None:
    routes = {
        "PUT /latest/api/token": lambda _request: "session-of-metadata",
        "/security-credentials/my-role": aws_keys,
        "/security-credentials/ ": lambda _request: "my-role\n",
    }
    cloud = Cloud(routes)
    section = "{region: eu-west-1, credentials: instance, metadata_url: HERE}"
    config = f"providers: {{bedrock: {{base_url: HERE, aws: {section}}}}}"
    call(tmp_path, provider, cloud, config, "bedrock/m")
    assert [request.headers.get(b"x-aws-ec2-metadata-token") for request in cloud.asked] == [
        None,
        b"session-of-metadata",
        b"session-of-metadata",
    ]
    assert is_proved(cloud.used[0], "/model/m/converse", f"{CANARY}-secret")


def test_an_api_key_of_ibm_clouds(tmp_path: Path, provider: Provider) -> None:
    cloud = Cloud({"/identity/token": token})
    config = "providers: {watsonx: {base_url: HERE, watsonx: {iam_url: HERE/identity/token}}}"
    named = {"WATSONX_APIKEY": "canary-token-api-key", "WATSONX_PROJECT_ID": "0123-project"}
    call(tmp_path, provider, cloud, config, "watsonx/ibm/granite", **named)
    assert cloud.fields(0) == {
        "grant_type": "urn:ibm:params:oauth:grant-type:apikey",
        "apikey": "canary-token-api-key",
    }
    assert cloud.bearer == f"Bearer {CANARY}-1"
    assert json.loads(cloud.used[0].body)["project_id"] == "0123-project"


@pytest.mark.parametrize("custody", ["split", "merged"])
def test_a_role_is_assumed_with_the_keys_of_a_web_identity(tmp_path: Path, provider: Provider, custody: str) -> None:
    file = tmp_path / "mounted" / "token"
    file.parent.mkdir()
    file.write_text("web-identity-token")

    def role(_request: Request) -> str:
        number = len(cloud.asked)
        keys = f"<AccessKeyId>ASIA{number}</AccessKeyId><SecretAccessKey>{CANARY}-{number}</SecretAccessKey>"
        keys += f"<SessionToken>{CANARY}-session-{number}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
        return f"<R><Credentials>{keys}</Credentials></R>"

    cloud = Cloud({" /sts ": role})
    config = f"""
providers:
  bedrock:
    base_url: HERE
    aws:
      region: eu-west-1
      web_identity_token_file: {file}
      role_arn: arn:aws:iam::1:role/first
      assume: [{{role_arn: "arn:aws:iam::2:role/second", external_id: ext}}]
      sts_url: HERE/sts
"""
    call(tmp_path, provider, cloud, config, "bedrock/m", custody)
    first, second = cloud.fields(0), cloud.fields(1)
    assert (first["WebIdentityToken"], first["RoleArn"]) == ("web-identity-token", "arn:aws:iam::1:role/first")
    assert (second["RoleArn"], second["ExternalId"]) == ("arn:aws:iam::2:role/second", "ext")
    assert is_proved(cloud.asked[1], "/sts", f"{CANARY}-1")
    assert is_proved(cloud.used[0], "/model/m/converse", f"{CANARY}-2")
    assert cloud.used[0].headers[b"x-amz-security-token"] == f"{CANARY}-session-2".encode()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_supervisor_never_has_a_service_accounts_key(tmp_path: Path, provider: Provider) -> None:
    pem = pem_of(rsa.generate_private_key(65_537, 2_048))
    cloud = Cloud({"/token": token})
    provider.reset(cloud)
    here = f"http://127.0.0.1:{provider.port}"
    account = {"type": "service_account", "client_email": "s@p.example", "private_key": pem}
    file = tmp_path / "key.json"
    file.write_text(json.dumps({**account, "token_uri": f"{here}/token"}, indent=2))
    where = f'{{base_url: "{here}", google: {{credentials: "file://{file}", project: p}}}}'
    gateway = Gateway(tmp_path, f"providers: {{vertex: {where}}}").start()
    try:
        body = {"model": "vertex/gemini-x", "messages": [{"role": "user", "content": "hi"}]}
        assert gateway.call(body)[0] == 200
        assert wait_until(lambda: {"control", "recorder"} <= set(gateway.processes()))
        lines = tuple(line.encode() for line in pem.splitlines()[1:4])
        for role, pid in gateway.processes().items():
            found = hits(pid, lines) + sum(around(pid).count(line) for line in lines)
            assert bool(found) == (role == "egress"), role
    finally:
        assert gateway.stop() == 0
    assert b"canary" not in gateway.text().encode()
