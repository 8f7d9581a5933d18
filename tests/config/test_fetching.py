"""What may be said about fetching, and what comes of it."""

import pytest

from narrowgate.config.fetching import fetch_complaints, fetch_origin
from narrowgate.config.schema import Fetch


@pytest.mark.parametrize("host", ["files.example.com", "*.example.com", "10.0.0.7:8443", "[::1]:8080", "x:1"])
def test_hosts_are_names_addresses_and_domains(host: str) -> None:
    assert list(fetch_complaints(Fetch(hosts=(host,)))) == []


@pytest.mark.parametrize("host", ["https://x", "x/y", "", "a*.example.com", "x:0", "x:65536", "x y"])
def test_what_is_no_host_is_complained_about(host: str) -> None:
    (complaint,) = fetch_complaints(Fetch(hosts=("ok", host)))
    assert complaint.path == "fetch.hosts[1]"


def test_this_network_is_opened_host_by_host() -> None:
    (complaint,) = fetch_complaints(Fetch(allow_private=True))
    assert complaint.path == "fetch.allow_private"
    assert list(fetch_complaints(Fetch(allow_private=True, hosts=("10.0.0.7",)))) == []


def test_there_is_an_origin_only_if_something_is_fetched() -> None:
    assert fetch_origin(Fetch()) == ()
    (origin,) = fetch_origin(Fetch(enabled=True))
    assert (origin.host, origin.headers) == ("", ())
