import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from narrowgate.config.cloud_schema import Aws, Google, Watsonx
from narrowgate.config.clouds import base_of, sts_url, token_urls
from narrowgate.providers.registry import PROFILES
from narrowgate.sandbox.landlock import RANDOM, Openings
from narrowgate.sandbox.profile import Role
from narrowgate.sandbox.resolving import resolver_files
from narrowgate.signing.identities import (
    AwsInstance,
    AwsRole,
    AwsWebIdentity,
    EntraApp,
    GoogleUser,
    Identity,
    document_of,
)
from narrowgate.supervisor.grants import Grants, NotGranted, own_code_bytes

TEXT = b"providers: {mine: {base_url: https://llm.example.net/v1, api_key: file:///run/secrets/key}}"
DATA = "/var/lib/narrowgate"


def grants(text: bytes = TEXT, **environment: str) -> Grants:
    code = b"'https://api.known.example/v1', '//one.', '.example.com'"
    return Grants(lambda: text, environment, DATA, lambda: code)


def table(host: str, proxy: str = "", headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    return json.dumps([{"host": host, "proxy": proxy, "headers": headers}]).encode()


def test_what_is_named_is_granted() -> None:
    grants().path("/run/secrets/key")
    grants(SSL_CERT="/etc/own.pem").path("/etc/own.pem")
    grants().child(Role.EDGE, Openings(read=("/run/secrets/key", *RANDOM, *resolver_files())))
    grants().child(Role.EGRESS, Openings(read=("/run/secrets",)))
    grants(TOKEN_FILE="/mnt/tokens/token").child(Role.EGRESS, Openings(read=("/mnt/tokens",)))
    grants().child(Role.CONTROL, Openings(write=(DATA,)))
    grants().child(Role.EGRESS, Openings(connect_ports=frozenset({443})))
    grants(b"custody: merged").child(Role.MERGED_EDGE, Openings(connect_ports=frozenset({443})))
    grants(NARROWGATE_CUSTODY="merged").child(Role.MERGED_EDGE, Openings())


@pytest.mark.parametrize(
    "ask",
    [
        lambda: grants().path("/root/.ssh/id_ed25519"),
        lambda: grants().path("/"),
        lambda: grants().path("/run"),
        lambda: grants().path(""),
        lambda: grants().child(Role.SUPERVISOR, Openings()),
        lambda: grants().child(Role.MERGED_EDGE, Openings()),
        lambda: grants().child(Role.EDGE, Openings(connect_ports=frozenset({443}))),
        lambda: grants().child(Role.EDGE, Openings(write=(DATA,))),
        lambda: grants().child(Role.CONTROL, Openings(write=("/",))),
        lambda: grants().child(Role.EDGE, Openings(read=("/root",))),
        lambda: grants().child(Role.EDGE, Openings(read=("/run/secrets",))),
        lambda: grants().child(Role.EGRESS, Openings(read=("/run",))),
        lambda: grants().origins(table("attacker.example.org")),
        lambda: grants().origins(table("two.x.example.com")),
        lambda: grants().origins(table("llm.example.net", "http://attacker.example.org:1")),
        lambda: grants().origins(table("llm")),
        lambda: grants().origins(table("")),
        lambda: grants(b"fetch: {enabled: true}").origins(table("", headers=(("authorization", "x"),))),
        lambda: grants().origins(table("llm.example.ne")),
        lambda: grants().origins(table("api.known.exampl")),
        lambda: grants().origins(table("one.x.example.co")),
        lambda: grants().origins(b"junk"),
        lambda: grants().origins(b"[{}]"),
        lambda: grants().origins(b'[{"host": "", "proxy": "", "headers": [], "identity": 7}]'),
    ],
)
def test_nothing_else_is(ask: Callable[[], None]) -> None:
    with pytest.raises(NotGranted):
        ask()


def test_keys_go_to_hosts_that_are_named_or_known() -> None:
    grants(b"fetch: {enabled: true}").origins(table(""))
    grants().origins(table("llm.example.net"))
    grants().origins(table("api.known.example"))
    grants().origins(table("one.of-a-region.example.com"))
    grants(OPENAI_BASE_URL="http://10.0.0.7:8000/v1").origins(table("10.0.0.7"))


def proved(*identities: Identity) -> bytes:
    entries = [
        {"host": "llm.example.net", "proxy": "", "headers": [], "identity": document_of(one)} for one in identities
    ]
    return json.dumps(entries).encode()


def test_credentials_are_asked_for_at_hosts_that_are_named_or_known() -> None:
    known = Grants(lambda: TEXT, {}, DATA, own_code_bytes)
    for region in ("eu-west-1", "cn-north-1"):
        known.origins(proved(AwsWebIdentity(sts_url(Aws(region)), "arn", "s", "/run/secrets/key")))
        known.origins(table(urlsplit(base_of(Aws(region))).netloc))
    for location in ("global", "eu", "europe-west1"):
        known.origins(table(urlsplit(base_of(Google(location=location))).netloc))
    for url in (*token_urls(Google()), *token_urls(Watsonx()), "https://login.microsoftonline.com/t"):
        known.origins(proved(GoogleUser("c", "s", "r", url)))
    grants().origins(proved(GoogleUser("c", "s", "r", "https://llm.example.net/token")))
    for host in (
        "evil-aiplatform.googleapis.com.example",
        "europe-aiplatform.example.com",
        "-aiplatform.googleapis.com",
    ):
        with pytest.raises(NotGranted):
            known.origins(table(host))


@pytest.mark.parametrize(
    "identity",
    [
        GoogleUser("c", "s", "r", "https://attacker.example.org/token"),
        AwsRole("https://llm.example.net/", "arn", "s", "", AwsInstance("http://10.0.0.1")),
        EntraApp("https://llm.example.net/", "c", "s", token_file="/root/.ssh/id_ed25519"),
        EntraApp("https://llm.example.net/", "c", "s", token_file="/etc/shadow"),
    ],
)
def test_nowhere_else_and_not_for_other_files(identity: Identity) -> None:
    with pytest.raises(NotGranted):
        grants().origins(proved(identity))


def test_every_address_that_is_built_in_is_known() -> None:
    code = own_code_bytes()
    known = Grants(lambda: b"", {}, DATA, lambda: code)
    for profile in PROFILES.values():
        if profile.base_url:
            known.origins(table(profile.base_url.split("/")[2].partition(":")[0]))
