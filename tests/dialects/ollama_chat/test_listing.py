from hashlib import sha256

import msgspec

from narrowgate.dialects.ollama_chat.listing import running, show, tags, version


def test_every_name_is_a_model_with_what_clients_read() -> None:
    told = msgspec.json.decode(tags(["gpt-5", "claude"], 0))
    assert [model["name"] for model in told["models"]] == ["gpt-5", "claude"]
    first = told["models"][0]
    assert (first["model"], first["modified_at"], first["digest"]) == (
        "gpt-5",
        "1970-01-01T00:00:00Z",
        sha256(b"gpt-5").hexdigest(),
    )
    assert first["details"]["families"] == []


def test_a_model_is_shown_with_what_it_can_do() -> None:
    told = msgspec.json.decode(show("gpt-5", 0, ("completion",)))
    assert told["capabilities"] == ["completion"]
    assert told["model_info"]["general.basename"] == "gpt-5"


def test_nothing_is_loaded_and_the_version_is_told() -> None:
    assert running() == b'{"models":[]}'
    assert version("0.13.0") == b'{"version":"0.13.0"}'
