import json
import re
from collections.abc import Callable, Mapping

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narrowgate.schemas.openai import read_head
from narrowgate.wire.errors import WireError
from narrowgate.wire.splice import ask_for_usage, read_member, replace_model, splice

NEW = b'"gpt-new"'


def set_model(body: bytes) -> bytes:
    """Set the model as the pipeline does, and check that the exact way says the same."""
    exact = splice(body, {b"model": NEW})
    head = read_head(body)
    assert replace_model(body, NEW, head) == exact
    assert replace_model(body, NEW) == exact
    assert splice(body, {b"model": NEW}, head.long_values()) == exact
    return exact


@pytest.mark.parametrize(
    ("body", "spliced"),
    [
        (b'{"model":"a","n":1.0}', b'{"model":"gpt-new","n":1.0}'),
        (b' { "model" :\t"a\\"}\\\\" , "x":[1 ,2]}\n', b' { "model" :\t"gpt-new" , "x":[1 ,2]}\n'),
        (b'{"x":"\\u00e9\xc3\xa9","model":null}', b'{"x":"\\u00e9\xc3\xa9","model":"gpt-new"}'),
        (b'{"mod\\u0065l":"a"}', b'{"mod\\u0065l":"gpt-new"}'),
        (b'{"x":"model","mod\\u0065l":"a"}', b'{"x":"model","mod\\u0065l":"gpt-new"}'),
        (b'{"x":{"model":"b"},"mode\\u006C":"a"}', b'{"x":{"model":"b"},"mode\\u006C":"gpt-new"}'),
        (b'{"x":{"model":"b"},"model":"a"}', b'{"x":{"model":"b"},"model":"gpt-new"}'),
        (b'{"x":"\\"model","model":"a"}', b'{"x":"\\"model","model":"gpt-new"}'),
        (b'{"x":["model"],"y":{"z":"}"},"model":"a"}', b'{"x":["model"],"y":{"z":"}"},"model":"gpt-new"}'),
    ],
)
def test_only_the_value_at_top_level_changes(body: bytes, spliced: bytes) -> None:
    assert set_model(body) == spliced


@pytest.mark.parametrize(
    ("body", "spliced"),
    [
        (b'{"model":"a","model":"b"}', b'{"model":"gpt-new"}'),
        (b'{"model":"a", "x":1, "mod\\u0065l":"b", "y":2}', b'{"x":1, "mod\\u0065l":"gpt-new", "y":2}'),
        (b'{ "model":"a" ,\n"model":"a", "model":"a" }', b'{ "model":"gpt-new" }'),
    ],
)
def test_a_member_named_twice_comes_out_once(body: bytes, spliced: bytes) -> None:
    assert set_model(body) == spliced


@pytest.mark.parametrize(
    ("body", "spliced"),
    [
        (b"{}", b'{"model":"gpt-new"}'),
        (b" { \n} ", b' {"model":"gpt-new" \n} '),
        (b'{"x":{"model":"a"}\n}', b'{"x":{"model":"a"},"model":"gpt-new"\n}'),
        (b'{"x":"model"}', b'{"x":"model","model":"gpt-new"}'),
        (b'{"x":1}', b'{"x":1,"model":"gpt-new"}'),
    ],
)
def test_a_missing_member_is_put_last(body: bytes, spliced: bytes) -> None:
    assert set_model(body) == spliced


def test_several_members_are_set_at_once() -> None:
    body = b'{"a":1,"b":[2],"a":3}'
    assert splice(body, {b"a": b"4", b"c": b"5", b'"\xc3\xa9': b"6"}) == b'{"b":[2],"a":4,"c":5,"\\"\xc3\xa9":6}'


def test_a_long_known_value_is_skipped_and_a_wrong_one_does_no_harm() -> None:
    body = b'{"messages":[1],"messages":[1,{"model":2}],"n":12,"model":"a"}'
    spliced = b'{"messages":[1],"messages":[1,{"model":2}],"n":12,"model":"gpt-new"}'
    for known in ({b"messages": b"[1]"}, {b"messages": b'[1,{"model":2}]'}, {b"n": b"1"}, {b"model": b'"a"'}):
        assert splice(body, {b"model": NEW}, known) == spliced


def test_a_body_too_long_for_searching_is_walked_over() -> None:
    text = 'a "model": {' * 2_000
    for value in ({"model": "a", "messages": [text]}, {"messages": [text], "tools": [{"model": 1}], "model": "a"}):
        body = json.dumps(value).encode()
        assert json.loads(set_model(body)) == value | {"model": "gpt-new"}


def test_the_last_of_a_name_is_read() -> None:
    body = b'{"a": [1, 2] , "b":"x","\\u0061":{"b":0}}'
    assert read_member(body, b"a") == b'{"b":0}'
    assert read_member(body, b"b") == b'"x"'
    assert read_member(body, b"c") is None
    assert read_member(b"{}", b"a") is None


@pytest.mark.parametrize(
    ("body", "asking"),
    [
        (b'{"model":"m"}', b'{"model":"m","stream_options":{"include_usage":true}}'),
        (b" { \n } ", b' { \n "stream_options":{"include_usage":true}} '),
        (b'{"a":{} }', b'{"a":{} ,"stream_options":{"include_usage":true}}'),
        (b'{"stream_options":null,"a":1}', b'{"stream_options":{"include_usage":true},"a":1}'),
        (b'{"stream_options": {}}', b'{"stream_options": {"include_usage":true}}'),
        (
            b'{"stream_options":{ "x":1.0, "include_usage" : false},"a":1}',
            b'{"stream_options":{ "x":1.0, "include_usage" : true},"a":1}',
        ),
        (
            b'{"stream_options":null,"stream_options":{"include_obfuscation":false}}',
            b'{"stream_options":{"include_obfuscation":false,"include_usage":true}}',
        ),
        (b'{"stream_options":"\\ud83d"}', b'{"stream_options":"\\ud83d"}'),
        (b'{"stream_options":{"x":"\\ud83d"}}', b'{"stream_options":{"x":"\\ud83d","include_usage":true}}'),
    ],
)
def test_usage_is_asked_for_without_touching_the_rest(body: bytes, asking: bytes) -> None:
    head = read_head(body)
    assert ask_for_usage(body, head.stream_options, head) == asking
    assert ask_for_usage(body, head.stream_options) == asking
    assert read_head(asking).asks_for_usage


@pytest.mark.parametrize("call", [lambda body: splice(body, {b"model": NEW}), lambda body: read_member(body, b"model")])
@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"model"', b'{"a"', b'{"a":', b'{"a":[1', b'{"a":1', b'{"a":"', b"{a:1}"]
)
def test_what_is_no_object_is_refused(call: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(WireError):
        call(body)


def test_a_body_of_countless_members_is_refused() -> None:
    with pytest.raises(WireError, match="more than 10000 members"):
        splice(b"{" + b'"a":1,' * 10_001 + b'"b":1}', {b"model": NEW})


KEYS = st.sampled_from(["model", "mode", "messages", "x", "stream_options", "é", 'a"b', "\\"])
TEXTS = st.sampled_from(["", "model", '"model"', '"model":', '\\"', "}{][,:", "é😀", "\n"]) | st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def spelt(text: str, *, is_escaped: bool, is_ascii: bool) -> str:
    if not is_escaped:
        return json.dumps(text, ensure_ascii=is_ascii)
    return '"' + "".join(f"\\u{unit:04x}" for unit in memoryview(text.encode("utf-16-le")).cast("H")) + '"'


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """Return JSON objects written in every way: repeated and escaped names, any white space."""
    space = st.sampled_from(["", "", " ", "\n\t", "\r\n "])
    members = []
    for _ in range(draw(st.integers(0, 5))):
        key = draw(KEYS)
        value = draw(st.none() | TEXTS) if key == "model" else draw(VALUES)
        is_escaped = draw(st.integers(0, 4)) == 0
        is_ascii = draw(st.booleans())
        text = json.dumps(value, ensure_ascii=is_ascii, indent=draw(st.sampled_from([None, 1])))
        written = spelt(key, is_escaped=is_escaped, is_ascii=is_ascii)
        members.append(f"{draw(space)}{written}{draw(space)}:{draw(space)}{text}{draw(space)}")
    inside = ",".join(members) or draw(space)
    return f"{draw(space)}{{{inside}}}{draw(space)}".encode()


@given(objects())
@example(b'{"model":"model"}')
@example(b'{"x":"model\\"","model":null,"model":""}')
def test_the_result_is_the_same_object_with_another_model(body: bytes) -> None:
    before = json.loads(body)
    spliced = set_model(body)
    assert json.loads(spliced) == before | {"model": "gpt-new"}
    pairs = json.loads(spliced, object_pairs_hook=list)
    assert [name for name, _ in pairs].count("model") == 1


@given(objects())
def test_taking_the_new_value_out_again_gives_the_original(body: bytes) -> None:
    names = [name for name, _ in json.loads(body, object_pairs_hook=list)]
    spliced = splice(body, {b"model": NEW})
    if names.count("model") == 1:
        old = read_member(body, b"model")
        assert old is not None
        places = [match.start() for match in re.finditer(re.escape(NEW), spliced)]
        assert any(spliced[:at] + old + spliced[at + len(NEW) :] == body for at in places)
    elif not names:
        assert spliced.replace(b'"model":' + NEW, b"") == body
    elif "model" not in names:
        assert spliced.replace(b',"model":' + NEW, b"") == body


@given(objects())
def test_members_are_read_as_written(body: bytes) -> None:
    values: Mapping[str, object] = json.loads(body)
    for name, value in values.items():
        text = read_member(body, name.encode())
        assert text is not None
        assert json.loads(text) == value
        assert text == text.strip()


@given(objects())
def test_the_caller_is_asked_for_usage_once(body: bytes) -> None:
    head = read_head(body)
    options = (
        msgspec.UNSET if isinstance(head.stream_options, msgspec.UnsetType) else json.loads(bytes(head.stream_options))
    )
    asking = json.loads(ask_for_usage(body, head.stream_options, head))
    if isinstance(options, dict):
        assert asking == json.loads(body) | {"stream_options": options | {"include_usage": True}}
    elif options is None or options is msgspec.UNSET:
        assert asking == json.loads(body) | {"stream_options": {"include_usage": True}}
    else:
        assert asking == json.loads(body)
