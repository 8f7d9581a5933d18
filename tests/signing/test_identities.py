import json

import pytest

from narrowgate.signing.identities import (
    AwsContainer,
    AwsInstance,
    AwsKeys,
    AwsRole,
    AwsWebIdentity,
    EntraApp,
    EntraManaged,
    GoogleFederated,
    GoogleKey,
    GoogleMetadata,
    GoogleUser,
    IbmKey,
    Identity,
    document_of,
    file_of,
    identity_of,
    urls_of,
    words_of,
)

CANARY = "canary-secret"
KEYS = AwsKeys("AKIAEXAMPLE1234", CANARY, CANARY)
WEB = AwsWebIdentity("https://sts/", "arn:one", "name", "/var/run/t/token")
ALL: list[tuple[Identity, list[str], str]] = [
    (GoogleKey("s@p", CANARY, CANARY, "https://a/t", "scope"), ["https://a/t"], ""),
    (GoogleUser("c", CANARY, CANARY, "https://a/t"), ["https://a/t"], ""),
    (GoogleMetadata("http://m/x"), ["http://m/x"], ""),
    (
        GoogleFederated("aud", "jwt", "https://s", "scope", "/f/g/h", "", (("a", CANARY),), "", "https://i"),
        ["https://s", "https://i"],
        "/f/g/h",
    ),
    (EntraApp("https://e/t", "c", "s", client_secret=CANARY, private_key=CANARY), ["https://e/t"], ""),
    (EntraApp("https://e/t", "c", "s", token_file="/f/g/h"), ["https://e/t"], "/f/g/h"),
    (EntraManaged("http://m/y", "r", "c", CANARY), ["http://m/y"], ""),
    (KEYS, [], ""),
    (AwsContainer("http://c/z", CANARY, "/f/g/h"), ["http://c/z"], "/f/g/h"),
    (AwsInstance("http://m"), ["http://m"], ""),
    (WEB, ["https://sts/"], "/var/run/t/token"),
    (IbmKey("https://iam/t", CANARY), ["https://iam/t"], ""),
    (
        AwsRole("https://sts2/", "arn:two", "n", CANARY, AwsRole("https://sts2/", "arn:one", "n", "", WEB)),
        ["https://sts2/", "https://sts2/", "https://sts/"],
        "/var/run/t/token",
    ),
]


@pytest.mark.parametrize(("identity", "urls", "file"), ALL)
def test_an_identity_travels_as_json_and_says_what_it_needs(identity: Identity, urls: list[str], file: str) -> None:
    assert identity_of(json.loads(json.dumps(document_of(identity)))) == identity
    assert list(urls_of(identity)) == urls
    assert file_of(identity) == file


@pytest.mark.parametrize("identity", [identity for identity, _, _ in ALL])
def test_it_is_called_by_name_and_shows_no_secret(identity: Identity) -> None:
    assert words_of(identity)
    assert CANARY not in words_of(identity) + repr(identity)
    assert KEYS.access_key_id not in words_of(identity)


def test_a_chain_of_roles_is_told_from_its_end() -> None:
    said = "role arn:two assumed by role arn:one assumed by role arn:one for the token in /var/run/t/token"
    assert words_of(ALL[-1][0]) == said


@pytest.mark.parametrize("document", [{}, {"kind": "Nobody"}, {"kind": "AwsKeys", "odd": "x"}, {"kind": "AwsRole"}])
def test_what_is_no_identity_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError)):
        identity_of(document)
