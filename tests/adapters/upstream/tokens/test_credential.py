from pathlib import Path

import pytest

from narrowgate.adapters.upstream.tokens.credential import (
    Credential,
    Unobtainable,
    bearer,
    object_of,
    refused,
    text,
    token_in,
)

NOW_S = 1_000.0


def test_an_oauth_answer_says_for_how_long_in_either_way() -> None:
    assert bearer({"access_token": "t", "expires_in": 60}, NOW_S, "X").expires_s == 1_060
    assert bearer({"access_token": "t", "expires_in": "60"}, NOW_S, "X").expires_s == 1_060
    assert bearer({"access_token": "t", "expires_on": "1500"}, NOW_S, "X").expires_s == 1_500
    assert bearer({"access_token": "t", "expires_in": 10**9}, NOW_S, "X").expires_s == NOW_S + 86_400


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"access_token": "t"},
        {"access_token": "t", "expires_in": None},
        {"access_token": "t", "expires_in": 0},
        {"access_token": "t", "expires_in": "soon"},
        {"access_token": "a b", "expires_in": 1},
        {"access_token": "a\r\nx: y", "expires_in": 1},
        {"access_token": 7, "expires_in": 1},
    ],
)
def test_an_answer_that_cannot_be_used_is_none(document: dict[str, object]) -> None:
    with pytest.raises(Unobtainable):
        bearer(document, NOW_S, "X")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_only_an_object_is_one(body: bytes) -> None:
    with pytest.raises(Unobtainable, match="X did not answer with a JSON object"):
        object_of(body, "X")


def test_what_refuses_is_told_by_status_and_a_word_that_can_be_one() -> None:
    assert str(refused(401, "invalid_client", "X")) == "X answered 401 (invalid_client)"
    assert str(refused(401, "secret: abc", "X")) == "X answered 401"
    assert str(refused(500, None, "X")) == "X answered 500"
    assert {status: refused(status, None, "X").is_final for status in (400, 403, 408, 429, 500, 302)} == {
        **dict.fromkeys((400, 403), True),
        **dict.fromkeys((408, 429, 500, 302), False),
    }


def test_a_member_must_be_fit_for_a_header() -> None:
    assert text({"a": "b"}, "a", "X") == "b"
    with pytest.raises(Unobtainable, match="X answered without a"):
        text({"a": ""}, "a", "X")


def test_a_token_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(Unobtainable, match="no such file"):
        token_in(str(file))
    file.write_text(" \n")
    with pytest.raises(Unobtainable, match="is empty"):
        token_in(str(file))
    file.write_text("token\n")
    assert token_in(str(file)) == "token"


def test_a_credential_does_not_show_itself() -> None:
    assert "secret" not in repr(Credential("secret", None))
