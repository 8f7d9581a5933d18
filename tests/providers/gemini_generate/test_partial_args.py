"""Arguments are put together from pieces with paths."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from narrowgate.providers.gemini_generate.partial_args import PartialArguments
from narrowgate.schemas.gemini_generate import PartialArg
from narrowgate.wire.errors import WireError


def put(*pieces: PartialArg) -> object:
    arguments = PartialArguments()
    for piece in pieces:
        arguments.add(piece)
    found: object = json.loads(arguments.text())
    return found


def test_values_go_where_their_paths_say() -> None:
    assert put(
        PartialArg("$.a", string_value="x"),
        PartialArg("$.a", string_value="y"),
        PartialArg("$.list[1].b", number_value=2.0),
        PartialArg("$.list[0]", bool_value=True),
        PartialArg("$['odd name']", null_value=Raw(b"null")),
    ) == {"a": "xy", "list": [True, {"b": 2}], "odd name": None}


@pytest.mark.parametrize("path", [None, "", "a", "$", "$.a.b", "$.list.a", "$.list[999999]"])
def test_other_paths_are_refused(path: str | None) -> None:
    with pytest.raises(WireError):
        put(PartialArg("$.a", string_value="x"), PartialArg("$.list[0]"), PartialArg(path, string_value="x"))


@given(st.lists(st.text("$.[]'a1", max_size=8), max_size=4))
def test_junk_is_refused_and_nothing_else(paths: list[str]) -> None:
    with contextlib.suppress(WireError):
        put(*(PartialArg(f"${path}", string_value="x") for path in paths))
