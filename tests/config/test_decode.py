"""Decoding tells everything that is wrong at once, and never fails in another way."""

import math
from enum import Enum
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from narrowgate.config.complaint import Complaint, ConfigRefused
from narrowgate.config.decode import decode
from narrowgate.config.schema import Config


class Colour(Enum):
    RED = "red"
    DARK_RED = "dark_red"


class Inner(msgspec.Struct, frozen=True):
    size: Annotated[int, Meta(ge=1, le=10)]
    note: str = ""


class Outer(msgspec.Struct, frozen=True):
    ratio: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    is_on: bool = False
    colour: Colour = Colour.RED
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    words: frozenset[str] = frozenset()
    by_colour: dict[Colour, str] = {}
    named: dict[str, Inner] = {}


def complaints_of(document: object) -> list[str]:
    with pytest.raises(ConfigRefused) as caught:
        decode(document, Outer)
    return [str(complaint) for complaint in caught.value.complaints]


def test_every_kind_of_value_is_decoded() -> None:
    document = {
        "ratio": 0.25,
        "is_on": True,
        "colour": "dark_red",
        "inner": {"size": 3},
        "many": [{"size": 1}, {"size": 10, "note": "x"}],
        "words": ["a", "b", "a"],
        "by_colour": {"red": "stop"},
        "named": {"first": {"size": 2}},
    }
    assert decode(document, Outer) == Outer(
        ratio=0.25,
        is_on=True,
        colour=Colour.DARK_RED,
        inner=Inner(3),
        many=(Inner(1), Inner(10, "x")),
        words=frozenset({"a", "b"}),
        by_colour={Colour.RED: "stop"},
        named={"first": Inner(2)},
    )


def test_all_complaints_come_at_once_each_with_its_path() -> None:
    document = {
        "ratio": "x",
        "is_on": 1,
        "colour": "darkred",
        "inner": {"note": 5},
        "many": [{"size": 0}, 3],
        "words": "a",
        "by_colour": {"blue": "sky"},
        "naned": {},
    }
    assert complaints_of(document) == [
        "ratio: is text, not a number; write digits",
        "is_on: is a number, not true or false; write true or false, without quotes",
        "colour: 'darkred' is not one of red, dark_red; did you mean 'dark_red'?",
        "inner.note: is a number, not text; put it in quotes",
        "inner.size: is missing; add it",
        "many[0].size: is not at least 1; write at least 1",
        "many[1]: is a number, not a section; write keys and values below it, indented",
        "words: is text, not a list; write it as [one, two]",
        "by_colour.blue: 'blue' is not one of red, dark_red; known are red, dark_red",
        "naned: 'naned' is not a key that is known here; did you mean 'named'?",
    ]


def test_a_section_or_list_without_a_value_is_an_empty_one() -> None:
    assert decode({"many": None, "named": None, "inner": None}, Outer) == Outer()
    assert decode(None, Outer) == Outer()
    assert complaints_of({"named": {"first": None}}) == ["named.first.size: is missing; add it"]


def test_any_other_key_without_a_value_is_refused() -> None:
    (complaint,) = complaints_of({"ratio": None})
    assert complaint == "ratio: has no value, where a number belongs; write one, or remove the key"


@pytest.mark.parametrize(("value", "problem"), [(0, "more than 0"), (1, "less than 1"), (math.nan, "more than 0")])
def test_a_bound_that_is_excluded_is_excluded(value: float, problem: str) -> None:
    assert complaints_of({"ratio": value}) == [f"ratio: is not {problem}; write {problem}"]


def test_a_whole_number_serves_as_a_float_but_a_bool_as_no_number() -> None:
    class Wait(msgspec.Struct):
        wait_s: float = 0.0
        times: int = 0

    assert decode({"wait_s": 3}, Wait).wait_s == 3.0
    for document in ({"wait_s": True}, {"times": True}, {"times": 1.0}, {"times": 10**30}, {"wait_s": 10**400}):
        with pytest.raises(ConfigRefused):
            decode(document, Wait)


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a\x7f", "\ud800"])
def test_text_with_control_characters_is_refused(text: str) -> None:
    assert complaints_of({"named": {"n": {"size": 1, "note": text}}}) == [
        "named.n.note: holds a control character; remove it"
    ]


def test_a_value_in_the_wrong_place_is_not_repeated() -> None:
    secret = "sk-this-is-a-secret"
    document = {"ratio": secret, "is_on": secret, "inner": secret, "many": secret, "named": {"a": secret}}
    assert not any(secret in complaint for complaint in complaints_of(document))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [*Config.__struct_fields__, "openai", "host", "tls", "input", "prices", "chat", "connect_s", "x"]
)
NEAR = st.recursive(JSON, lambda inner: st.dictionaries(KEYS, inner, max_size=5), max_leaves=12)


@given(NEAR)
def test_a_document_is_decoded_or_refused_whatever_it_is(document: object) -> None:
    found: list[Complaint] | None = None
    try:
        decode(document, Config)
    except ConfigRefused as refused:
        found = refused.complaints
    assert found is None or (found and all("\n" not in str(complaint) for complaint in found))


PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)
INNERS = st.builds(Inner, st.integers(1, 10), PLAIN)
OUTERS = st.builds(
    Outer,
    ratio=st.floats(0, 1, exclude_min=True, exclude_max=True),
    is_on=st.booleans(),
    colour=st.sampled_from(Colour),
    inner=st.none() | INNERS,
    many=st.lists(INNERS, max_size=3).map(tuple),
    words=st.frozensets(PLAIN, max_size=3),
    by_colour=st.dictionaries(st.sampled_from(Colour), PLAIN),
    named=st.dictionaries(PLAIN, INNERS, max_size=3),
)


@given(OUTERS)
def test_what_was_encoded_is_decoded_to_the_same(value: Outer) -> None:
    assert decode(msgspec.to_builtins(value, str_keys=True), Outer) == value


def test_the_default_configuration_is_decoded_to_itself() -> None:
    assert decode(msgspec.to_builtins(Config(), str_keys=True), Config) == Config()
