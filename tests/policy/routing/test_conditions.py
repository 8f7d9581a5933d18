import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narrowgate.policy.routing.conditions import Condition, ConditionError, compile_condition, glob
from narrowgate.policy.routing.facts import Facts

_HOUR_MS = 3_600_000
CALL = Facts(
    model="gpt-4o",
    operation="chat",
    key="key_1",
    team="red",
    headers={b"x-tier": b"gold", b"x-odd": b"\xe9"},
    params={"stream": True, "max_tokens": 4_000, "temperature": 0.5, "flag": True, "user": None, "stop": ["a", 1]},
    metadata={"job": "night"},
    budget_used=0.75,
    input_bytes=1_000,
    unix_ms=(4 * 24 + 9) * _HOUR_MS,  # Monday 1970-01-05, 09:00
    tags=frozenset({"eu", "cheap"}),
)


def compiled(text: str) -> Condition | ConditionError:
    try:
        return compile_condition(text)
    except ConditionError as error:
        return error


def holds(text: str, facts: Facts = CALL) -> bool:
    return compile_condition(text)(facts)


@pytest.mark.parametrize(
    "text",
    [
        "model == 'gpt-4o'",
        'model == "gpt-4o"',
        "model != 'gpt-4'",
        "model startswith 'gpt-'",
        "model endswith '4o'",
        "model matches 'g*-*o'",
        "'pt' in model",
        "team in ['red', 'blue']",
        "team not in ['blue']",
        "'eu' in tags",
        "1 in params.stop",
        "params.max_tokens > 3999",
        "params.max_tokens >= 4000",
        "params.max_tokens < 4000.5",
        "params.max_tokens <= 4000",
        "params.temperature == 0.5",
        "params['max_tokens'] > -1",
        "model < 'h'",
        "model >= 'gpt-4o'",
        "headers['X-Tier'] == 'gold'",
        "headers.x-tier == 'gold'",
        "headers['x-odd'] == 'é'",
        "headers['x-none'] == none",
        "params.user == null",
        "metadata.job == 'night'",
        "operation == 'chat' and key == 'key_1'",
        "stream",
        "stream == true and not (stream == false)",
        "budget_used > 0.7 and input_bytes == 1000",
        "hour == 9 and weekday == 1",
        "[model, hour] == ['gpt-4o', 9]",
        "not not stream",
    ],
)
def test_it_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "params.flag == 1",
        "1 in [params.flag]",
        "params.flag < 2",
        "params.max_tokens < '5000'",
        "params.max_tokens startswith '4'",
        "params.max_tokens matches '*'",
        "params.nothing <= params.nothing",
        "params.stop < params.stop",
        "1 in model",
        "model in 7",
        "params.user",
        "''",
        "0",
        "[]",
    ],
)
def test_what_does_not_compare_or_is_nothing_does_not_hold(text: str) -> None:
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("true or false and false", True),
        ("(true or false) and false", False),
        ("not false and false", False),
        ("not (false and false)", True),
        ("not true or true", True),
        ("not 1 == 2", True),
        ("false and true or true", True),
    ],
)
def test_not_binds_more_than_and_and_that_more_than_or(text: str, is_so: bool) -> None:
    assert holds(text) is is_so


def test_days_of_the_week_are_counted_from_monday() -> None:
    days = [
        next(day for day in range(1, 8) if holds(f"weekday == {day}", Facts(unix_ms=at * 24 * _HOUR_MS)))
        for at in range(8)
    ]
    assert days == [4, 5, 6, 7, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "at", "problem", "fix"),
    [
        ("", 0, "ends where a value belongs", "complete it"),
        ("model ==", 8, "ends where a value belongs", "complete it"),
        ("stream && stream", 7, "'&&'", "write 'and'"),
        ("stream || stream", 7, "'||'", "write 'or'"),
        ("  !stream", 2, "'!'", "write 'not'"),
        ("model = 'a'", 6, "'='", "write '=='"),
        ("model =~ 'a'", 6, "'=~'", "write 'matches'"),
        ("model == $", 9, "'$'", "write names"),
        ("model == 'a", 9, "a quote without its end", "close it"),
        ("modle == 'a'", 0, "'modle', which is not a name", "did you mean 'model'?"),
        ("model == qqqqq", 9, "'qqqqq'", "text stands in quotes"),
        ("model matches 5", 14, "no pattern", "'gpt-*'"),
        ("stream stream", 7, "where it should end", "join conditions"),
        ("team not model", 9, "no 'in'", "write 'in'"),
        ("(stream", 7, "no ')'", "write ')'"),
        ("team in ['a' 'b']", 13, "no ','", "write ','"),
        ("headers == 'a'", 8, "no '['", "headers['name']"),
        ("headers[5]", 8, "no name in quotes", "headers['name']"),
        ("params.5", 7, "no name behind '.'", "params['name']"),
        ("params['a'", 10, "no ']'", "write ']'"),
        ("(" * 22 + "stream", 21, "nested too deeply", "flatter"),
        ("[" * 22, 22, "nested too deeply", "flatter"),
        ("not " * 401 + "stream", 1_600, "more than 400 words", "shorter"),
        ("x" * 2_001, 2_000, "longer than 2000 characters", "shorter"),
    ],
)
def test_what_is_no_condition_is_told_with_its_place_and_what_to_write(
    text: str, at: int, problem: str, fix: str
) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_condition(text)
    assert caught.value.at == at
    assert problem in caught.value.problem
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("pattern", "text", "is_so"),
    [
        ("gpt-4", "gpt-4", True),
        ("gpt-4", "gpt-4o", False),
        ("*", "", True),
        ("a*", "ab", True),
        ("*b", "ab", True),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("ab*ba", "aba", False),
        ("*ab*ba*", "aba", False),
        ("*ab*ba*", "abba", True),
        ("a*a*a", "aa", False),
        ("a.c*", "abc", False),
    ],
)
def test_stars_stand_for_anything(pattern: str, text: str, is_so: bool) -> None:
    assert glob(pattern)(text) is is_so


def test_a_pattern_of_many_stars_takes_no_long_time() -> None:
    test = glob("a*" * 500 + "c*b")
    began = time.process_time()
    assert not test("a" * 100_000 + "b")
    assert test("a" * 100_000 + "cb")
    assert time.process_time() - began < 0.2, "one that goes back takes years"


_WORDS = (
    st.sampled_from(["model", "stream", "tags", "headers['x-y']", "params.a", "metadata.a", "params", "max_tokens"])
    | st.sampled_from(["'a'", "'*'", '"b"', "1", "-2.5", "none", "true", ".", "[", "]", "(", ")", ","])
    | st.sampled_from(["==", "!=", "<", ">=", "in", "not", "and", "or", "matches", "startswith", "'", "&&", "é", "٣"])
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_FIELDS = st.dictionaries(st.sampled_from(["a", "max_tokens", "stream", "x-y"]), _VALUES)
_FACTS = st.builds(
    Facts,
    model=st.text(max_size=5),
    team=st.text(max_size=5),
    headers=st.dictionaries(st.sampled_from([b"a", b"x-y"]), st.binary(max_size=5)),
    params=_FIELDS,
    metadata=_FIELDS,
    budget_used=st.floats(),
    unix_ms=st.integers(min_value=0, max_value=1 << 50),
    tags=st.frozensets(st.text(max_size=3), max_size=3),
)


@pytest.mark.slow
@given(st.text() | st.lists(_WORDS, max_size=12).map(" ".join), _FACTS)
@example("9" * 1_999, Facts())
@example("1 < " + "9" * 400 + ".0", Facts())
@example("params.a < 1.5", Facts(params={"a": 10**400}))
def test_junk_is_a_condition_error_and_no_facts_make_a_condition_fail(text: str, facts: Facts) -> None:
    condition = compiled(text)
    if isinstance(condition, ConditionError):
        assert 0 <= condition.at <= len(text)
        assert condition.problem
        assert condition.fix
    else:
        assert condition(facts) in {True, False}


_OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "startswith", "endswith"])


@given(_VALUES, _OPERATORS, _VALUES)
def test_any_two_values_can_be_compared(left: object, operator: str, right: object) -> None:
    facts = Facts(params={"a": left, "b": right})
    assert holds(f"params.a {operator} params.b", facts) in {True, False}
    assert holds("params.a != params.b", facts) is not holds("params.a == params.b", facts)


@pytest.mark.parametrize("text", ["params.a == params.b", "params.a in [params.b]"])
def test_what_is_nested_too_deeply_to_be_compared_is_not_equal(text: str) -> None:
    left: list[object] = []
    right: list[object] = []
    for _ in range(10_000):
        left, right = [left], [right]
    assert not holds(text, Facts(params={"a": left, "b": right}))
