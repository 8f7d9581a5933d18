"""Addresses and header lines: what is taken, what is refused, and that nothing is quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.config.address import (
    Address,
    Flaw,
    forward_flaw,
    header_flaw,
    path_flaw,
    proxy_flaw,
    query_flaw,
    read_address,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://api.openai.com/v1", Address("https", "api.openai.com", 443, "/v1")),
        ("https://api.openai.com/v1/", Address("https", "api.openai.com", 443, "/v1")),
        ("http://127.0.0.1:8000", Address("http", "127.0.0.1", 8000, "")),
        ("HTTP://LocalHost/", Address("http", "localhost", 80, "")),
        ("http://[::1]:11434/v1", Address("http", "::1", 11434, "/v1")),
        ("https://a.example/x%20y/openai", Address("https", "a.example", 443, "/x%20y/openai")),
    ],
)
def test_a_base_url_names_an_address(text: str, address: Address) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.openai.com/v1",
        "ftp://a.example",
        "https://",
        "https:///v1",
        "https://a b.example",
        "https://a.example/x y",
        "https://a.example:port",
        "https://a.example:0",
        "https://a.example:99999",
        "https://user:secret@a.example",
        "https://a.example?x=1",
        "https://a.example/v1?",
        "https://a.example/#x",
        "https://[::1",
        "https://[fe80::1%25eth0]/",
        "https://-a.example",
        "https://a.example/../v1",
        "https://a.example/%2e%2E/v1",
        "https://a.example/{model}",
        "https://a.example/v1\r\nx: y",
        "https://ä.example",
    ],
)
def test_what_is_no_plain_base_url_is_refused(text: str) -> None:
    assert isinstance(read_address(text), Flaw)


@given(st.text(max_size=30) | st.text(max_size=20).map("https://a.example/".__add__))
def test_an_address_can_stand_in_a_request_line(text: str) -> None:
    found = read_address(text)
    if isinstance(found, Address):
        assert all("!" <= letter <= "~" for letter in found.host + found.path)
        assert not found.path.endswith("/")


def test_a_path_may_name_the_model_once_it_is_asked_for() -> None:
    assert path_flaw("/deployments/{model}/chat", may_name_model=True) is None
    for path in ("chat", "/a?b", "/a#b", "/a b", "/a/../b", "/{deployment}", "/a\r\nb"):
        assert path_flaw(path, may_name_model=True) is not None


def test_a_query_has_no_question_mark_at_its_start() -> None:
    assert query_flaw("api-version=2024-10-21&x=%20") is None
    assert query_flaw("") is None
    for query in ("?a=b", "a=b c", "a=b#c", "a=b\r\n"):
        assert query_flaw(query) is not None


def test_a_proxy_is_an_origin() -> None:
    assert proxy_flaw("http://proxy.example:3128") is None
    assert proxy_flaw("https://user:word@proxy.example/") is None
    for text in ("proxy:3128", "socks5://proxy", "http://proxy/path", "http://", "http://proxy:x", "http://p?x"):
        assert proxy_flaw(text) is not None


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Host",
        "Content-Length",
        "transfer-encoding",
        "Connection",
        "user-agent",
        "proxy-x",
        "a b",
        "",
        "ä",
    ],
)
def test_headers_that_are_not_the_users_are_refused(name: str) -> None:
    assert header_flaw(name, "x") is not None


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\n", " a", "a ", "ä", "\x00", "a\tb"])
def test_header_values_that_could_break_out_are_refused(value: str) -> None:
    assert header_flaw("x-title", value) is not None


def test_other_headers_are_taken() -> None:
    assert header_flaw("HTTP-Referer", "https://my.app/?x=1 2") is None
    assert header_flaw("x-empty", "") is None


def test_a_clients_credentials_are_never_passed_on() -> None:
    assert forward_flaw("anthropic-beta") is None
    for name in (
        "Authorization",
        "x-api-key",
        "Api-Key",
        "x-goog-api-key",
        "Cookie",
        "proxy-authorization",
        "host",
        "a:b",
    ):
        assert forward_flaw(name) is not None
