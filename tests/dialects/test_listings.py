"""Lists of models, each as its clients read them."""

import json

import pytest

from narrowgate.dialects.listings import listing_of


@pytest.mark.parametrize(
    ("path", "headers", "member", "name"),
    [
        (b"/v1/models", {b"anthropic-version": b"2023-06-01"}, "data", "id"),
        (b"/anthropic/v1/models", {b"anthropic-version": b"2023-06-01"}, "data", "id"),
        (b"/v1/models", {b"user-agent": b"mistral-client-python/3.7.0"}, "data", "id"),
        (b"/v1beta/models", {}, "models", "displayName"),
        (b"/api/tags", {}, "models", "name"),
    ],
)
def test_every_dialect_lists_the_same_names(path: bytes, headers: dict[bytes, bytes], member: str, name: str) -> None:
    make = listing_of(path, headers, "1.2")
    assert make is not None
    assert [entry[name] for entry in json.loads(make(["p/a", "p/b"], 5))[member]] == ["p/a", "p/b"]
    assert json.loads(make([], 5))[member] == []


def test_mistrals_client_is_told_a_type() -> None:
    make = listing_of(b"/v1/models", {b"user-agent": b"mistral-client-python/3.7.0"}, "1.2")
    assert make is not None
    (entry,) = json.loads(make(["p/a"], 5))["data"]
    assert (entry["type"], entry["owned_by"]) == ("base", "p")


def test_ollamas_clients_ask_for_more() -> None:
    version, running = listing_of(b"/api/version", {}, "1.2"), listing_of(b"/api/ps", {}, "1.2")
    assert version is not None
    assert running is not None
    assert json.loads(version([], 5)) == {"version": "1.2"}
    assert json.loads(running([], 5)) == {"models": []}


def test_openais_own_list_is_none_of_these() -> None:
    assert listing_of(b"/v1/models", {}, "1.2") is None
    assert listing_of(b"/elsewhere", {}, "1.2") is None
