"""What may be fetched is decided where it is dialled."""

import json

import pytest

from narrowgate.adapters.upstream.fetch_rules import FetchRules, FetchTarget, NotAllowed, read_rules, target_of
from narrowgate.adapters.upstream.openings import openings_of
from narrowgate.adapters.upstream.origins import read_origins
from narrowgate.config.fetching import fetch_origin
from narrowgate.config.schema import Fetch
from narrowgate.config.snapshot import Origin

ANY = FetchRules()
HTTP = FetchRules(is_http_allowed=True)


def line(url: str) -> bytes:
    return f"GET {url} HTTP/1.1\r\n".encode()


def test_an_https_address_leads_to_its_host() -> None:
    assert target_of(line("https://Files.example.com/a?b=c"), ANY) == FetchTarget(
        "https", "files.example.com", 443, b"/a?b=c"
    )
    assert target_of(line("http://1.1.1.1/"), HTTP) == FetchTarget("http", "1.1.1.1", 80, b"/")
    assert target_of(line("https://[2606:4700::1]/"), ANY).host == "2606:4700::1"


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.com/",  # not unless it is said
        "https://files.example.com:8443/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00:ec2::254]/",
        "ftp://files.example.com/",
        "https://user@files.example.com/",
        "https://files.example.com/ x",
        "https:///x",
        "https://files.example.com",
        "/v1/chat",
    ],
)
def test_nothing_else_is_fetched(url: str) -> None:
    with pytest.raises(NotAllowed):
        target_of(line(url), ANY)


@pytest.mark.parametrize("more", [b"x: y\r\n", b"GET / HTTP/1.1\r\n"])
def test_a_line_is_one_line(more: bytes) -> None:
    with pytest.raises(NotAllowed):
        target_of(line("https://files.example.com/") + more, ANY)


def test_listed_hosts_are_the_only_ones() -> None:
    rules = FetchRules(("files.example.com", "*.cdn.example", "store.example:8443"))
    for url in ("https://files.example.com/", "https://a.b.cdn.example/", "https://store.example:8443/"):
        assert target_of(line(url), rules).path == b"/"
    for url in ("https://example.com/", "https://cdn.example/", "https://evilcdn.example/", "https://store.example/"):
        with pytest.raises(NotAllowed):
            target_of(line(url), rules)


def test_the_kernel_is_asked_for_no_more_ports_than_the_rules_have() -> None:
    (entry,) = fetch_origin(Fetch(enabled=True, allow_http=True, hosts=("x:8443",)))
    (origin,) = read_origins(json.dumps([_plain(entry)]).encode())
    assert origin.fetch == FetchRules(("x:8443",), is_http_allowed=True)
    assert {80, 443, 8443} <= openings_of([origin]).connect_ports
    assert {80, 443, 8443, 53} == openings_of([origin]).connect_ports


def _plain(origin: Origin) -> object:
    fetch = origin.fetch
    assert fetch is not None
    rules = {"hosts": list(fetch.hosts), "allow_http": fetch.allow_http, "allow_private": fetch.allow_private}
    names = ("name", "scheme", "host", "port", "path_prefix", "ca_file", "proxy", "max_connections")
    more = {"connect_timeout_s": origin.connect_timeout_s, "headers": [], "fetch": rules}
    return {name: getattr(origin, name) for name in names} | more


def test_rules_come_over_as_they_were_written() -> None:
    assert read_rules({"hosts": ["x"], "allow_private": True}) == FetchRules(("x",), allow_private=True)
