import pytest

from narrowgate.providers.anthropic_messages.hosts import for_vertex, for_vertex_count
from narrowgate.wire.errors import WireError

BODY = b'{"model":"claude","max_tokens": 1.0,"messages":[],"stream":true,"anthropic_version":"odd"}'


def test_vertex_is_told_the_version_and_not_the_model() -> None:
    assert for_vertex(BODY) == b'{"anthropic_version":"vertex-2023-10-16","max_tokens":1.0,"messages":[],"stream":true}'


def test_to_count_tokens_the_body_names_the_model() -> None:
    line = b"POST /v1/projects/p/locations/l/publishers/anthropic/models/claude@1:rawPredict HTTP/1.1\r\n"
    counted = b"POST /v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict HTTP/1.1\r\n"
    body = b'{"anthropic_version":"vertex-2023-10-16","model":"claude","max_tokens":1.0,"messages":[],"stream":true}'
    assert for_vertex_count(line, BODY) == (counted, body)


def test_what_is_no_object_is_refused() -> None:
    for junk in (b"", b"[]", b"\xff"):
        with pytest.raises(WireError):
            for_vertex(junk)
