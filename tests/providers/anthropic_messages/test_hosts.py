import pytest

from narrowgate.providers.anthropic_messages.hosts import for_vertex
from narrowgate.wire.errors import WireError

BODY = b'{"model":"claude","max_tokens": 1.0,"messages":[],"stream":true,"anthropic_version":"odd"}'


def test_vertex_is_told_the_version_and_not_the_model() -> None:
    assert for_vertex(BODY) == b'{"anthropic_version":"vertex-2023-10-16","max_tokens":1.0,"messages":[],"stream":true}'


def test_what_is_no_object_is_refused() -> None:
    for junk in (b"", b"[]", b"\xff"):
        with pytest.raises(WireError):
            for_vertex(junk)
