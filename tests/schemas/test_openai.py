import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.schemas.openai import read_head
from narrowgate.wire.errors import WireError


def test_what_the_gateway_needs_is_read_and_the_rest_is_not() -> None:
    head = read_head(b'{"model":"a/b","stream":true,"messages":[{"role":"user"}],"future":{"x":[1.0]}}')
    assert head.model == "a/b"
    assert head.stream is True
    assert head.output_limit is None
    assert head.choices == 1
    assert not head.asks_for_usage
    assert {name: bytes(text) for name, text in head.long_values().items()} == {b"messages": b'[{"role":"user"}]'}


def test_null_and_absent_are_the_same() -> None:
    head = read_head(b' {"model":null,"stream":null,"n":null,"max_tokens":null,"stream_options":null} ')
    assert (head.model, head.stream, head.choices, head.output_limit) == (None, None, 1, None)
    assert not head.asks_for_usage
    assert read_head(b"{}").model is None


def test_of_a_name_given_twice_the_last_counts_however_it_is_written() -> None:
    assert read_head(b'{"model":"a","mod\\u0065l":"b"}').model == "b"


@pytest.mark.parametrize(
    ("body", "message", "path"),
    [
        (b'{"model":12}', "model: expected a string, got 12", "model"),
        (b'{"model":1e400}', "model: expected a string, got 1e400", "model"),
        (b'{"model":{"id":"a"}}', "model: expected a string, got an object", "model"),
        (b'{"model":["a"]}', "model: expected a string, got a list", "model"),
        (b'{"model":' + b"1" * 50 + b"}", "model: expected a string, got a longer text", "model"),
        (b'{"stream":"true","model":"a"}', 'stream: expected true or false, got "true"', "stream"),
        (b'{"stream":1}', "stream: expected true or false, got 1", "stream"),
        (
            b'{"model":1,"model":"a"}',
            "model: named more than once, and not each time as it should be; name it once",
            "model",
        ),
        (b"[]", 'the body is not a JSON object; send one, such as {"model": …}', None),
        (b'"model"', 'the body is not a JSON object; send one, such as {"model": …}', None),
        (b"12", 'the body is not a JSON object; send one, such as {"model": …}', None),
        (b"", "the body is not valid JSON: it ends too early, after 0 bytes", None),
        (b'{"model":"a"', "the body is not valid JSON: it ends too early, after 12 bytes", None),
        (b'{"model":"a",}', "the body is not valid JSON: trailing comma in object at byte 13", None),
        (b'{"model":"a"}}', "the body is not valid JSON: trailing characters at byte 14", None),
        (b'{"n":NaN}', "the body is not valid JSON: invalid character at byte 5", None),
        (b"\xef\xbb\xbf{}", "the body is not valid JSON: invalid character at byte 0", None),
        (b'{"model":"\xff"}', "the body is not UTF-8 at byte 10; send JSON in UTF-8", None),
        (b'{"x":"\xed\xa0\x80"}', "the body is not UTF-8 at byte 6; send JSON in UTF-8", None),
    ],
)
def test_a_body_that_cannot_be_read_is_told_what_is_wrong(body: bytes, message: str, path: str | None) -> None:
    with pytest.raises(WireError) as raised:
        read_head(body)
    assert str(raised.value) == message
    assert raised.value.path == path


@pytest.mark.parametrize("bomb", [b'{"x":' + b"[" * 100_000, b'{"n":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001])
def test_a_body_nested_without_end_is_refused(bomb: bytes) -> None:
    with pytest.raises(WireError, match="nested too deep"):
        read_head(bomb)


@pytest.mark.parametrize("length", [16_383, 16_384, 16_385, 40_000])
@pytest.mark.parametrize("letter", ["é", "中", "😀"])
def test_utf8_is_checked_across_pieces(length: int, letter: str) -> None:
    body = b'{"x":"' + b"a" * (length - 8) + letter.encode() + b'","model":"a"}'
    assert read_head(body).model == "a"
    at = length - 2
    broken = body[: at + 1] + b"a" + body[at + 1 :]
    with pytest.raises(WireError, match=f"not UTF-8 at byte {at};"):
        read_head(broken)


def test_half_an_emoji_does_not_make_a_body_unreadable() -> None:
    head = read_head(b'{"messages":[{"content":"cut \\ud83d"}],"model":"a"}')
    assert head.model == "a"
    with pytest.raises(WireError, match="not valid JSON"):
        read_head(b'{"messages":["cut \\ud83d"],"model":"a"')


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        (b'{"max_tokens":5}', 5),
        (b'{"max_tokens":5,"max_completion_tokens":9}', 9),
        (b'{"max_output_tokens":7.0}', 7),
        (b'{"max_tokens":5,"n":3}', 15),
        (b'{"max_tokens":5,"n":2,"best_of":4}', 20),
        (b'{"max_tokens":5,"prompt":["a","b"],"n":2}', 20),
        (b'{"max_tokens":"5"}', None),
        (b'{"max_tokens":-5}', None),
        (b'{"max_tokens":1e3}', 1_000),
        (b'{"max_tokens":1e400}', None),
        (b'{"max_tokens":[[1]],"n":2}', None),
    ],
)
def test_the_output_limit_is_for_all_choices_together(body: bytes, limit: int | None) -> None:
    assert read_head(body).output_limit == limit


@pytest.mark.parametrize(
    ("body", "choices"),
    [
        (b'{"n":3}', 3),
        (b'{"n":0}', 1),
        (b'{"n":"3"}', 1),
        (b'{"n":{}}', 1),
        (b'{"prompt":"a"}', 1),
        (b'{"prompt":["a", "b"]}', 2),
        (b'{"prompt":[1,2,3]}', 1),
        (b'{"prompt":[[1,2],[3]],"n":2}', 4),
        (b'{"prompt":[]}', 1),
        (b'{"prompt":["' + b"a" * (1 << 20) + b'","b"]}', 1),
    ],
)
def test_choices_are_counted_for_every_prompt(body: bytes, choices: int) -> None:
    assert read_head(body).choices == choices


@pytest.mark.parametrize(
    ("options", "asks"),
    [
        (b"null", False),
        (b"{}", False),
        (b'{"include_usage":null}', False),
        (b'{"include_usage":false}', False),
        (b'{"include_usage":true}', True),
        (b'{"include_usage":false,"include_usage":true}', True),
        (b'{"include_usage":"yes"}', True),
        (b'"yes"', True),
        (b"[]", True),
    ],
)
def test_whatever_is_said_about_usage_is_left_to_the_provider(options: bytes, asks: bool) -> None:
    assert read_head(b'{"stream_options":' + options + b"}").asks_for_usage is asks


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["model", "stream", "n", "best_of", "max_tokens", "stream_options", "prompt", "messages", "x"])


@given(st.dictionaries(FIELDS, JSON, max_size=5))
def test_only_the_types_of_model_and_stream_matter(request_: dict[str, object]) -> None:
    body = json.dumps(request_).encode()
    is_good = isinstance(request_.get("model"), str | None) and isinstance(request_.get("stream"), bool | None)
    if not is_good:
        with pytest.raises(WireError) as raised:
            read_head(body)
        assert raised.value.path in {"model", "stream"}
        return
    head = read_head(body)
    assert head.model == request_.get("model")
    assert head.stream == request_.get("stream")
    assert head.choices >= 1
    assert head.output_limit is None or head.output_limit > 0
    assert isinstance(head.asks_for_usage, bool)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\u06modeltrue1 é', max_size=40).map(str.encode))
def test_junk_is_a_wire_error_at_most(junk: bytes) -> None:
    for body in (junk, b'{"model":' + junk + b"}", b'{"x":' + junk + b"}"):
        try:
            head = read_head(body)
        except WireError:
            continue
        assert isinstance(head.output_limit, int | None)
        assert head.choices >= 1
