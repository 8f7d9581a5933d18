from collections.abc import Iterator

import pytest

from narrowgate.cli.credentials import credentials
from narrowgate.cli.machine import Verdict
from narrowgate.config.snapshot import Origin
from narrowgate.signing.identities import AwsKeys, EntraApp, Identity, document_of
from tests.e2e.provider import Link, Provider, Request


@pytest.fixture
def issuer() -> Iterator[Provider]:
    running = Provider().start()
    yield running
    running.stop()


def origin(identity: Identity | None) -> Origin:
    return Origin(
        name="azure",
        scheme="https",
        host="api.example",
        port=443,
        path_prefix="/",
        headers=(),
        ca_file="",
        proxy="",
        max_connections=1,
        connect_timeout_s=1.0,
        identity=None if identity is None else document_of(identity),
        region="r",
    )


def test_nobody_is_asked_where_there_is_no_identity() -> None:
    assert list(credentials([origin(None)])) == []


def test_it_says_who_it_is_and_what_came_of_asking(issuer: Provider) -> None:
    def answer(link: Link, request: Request) -> None:
        if request.line.startswith(b"POST /good"):
            link.json({"access_token": "canary-token", "expires_in": 60})
        else:
            link.json({"error": "invalid_client", "error_description": "canary-secret"}, 401)

    issuer.reset(answer)
    url = f"http://127.0.0.1:{issuer.port}"
    apps = [EntraApp(f"{url}/{path}", "c", "s", client_secret="canary-secret") for path in ("good", "bad")]
    identities: list[Identity] = [*apps, AwsKeys("AKIA1234", "canary-secret")]
    found = list(credentials([origin(one) for one in identities]))
    assert [one.verdict for one in found] == [Verdict.GOOD, Verdict.BAD, Verdict.GOOD]
    assert [one.says for one in found] == [
        "application c: a credential was given",
        "application c: Entra ID answered 401 (invalid_client)",
        "access key ending in 1234: a key that does not expire",
    ]
    assert "docs/clouds.md" in found[1].fix
    assert "canary" not in str(found)
