"""A secret shows itself only to those who ask for it by name."""

import copy
import pickle

import pytest

from narrowgate.adapters.secrets.secret import Secret

SECRET = Secret("sk-hidden")


def test_it_can_be_revealed() -> None:
    assert SECRET.reveal() == "sk-hidden"


def test_no_way_of_printing_shows_it() -> None:
    for shown in (repr(SECRET), str(SECRET), f"{SECRET}", f"{SECRET!r:>20}", f"{[SECRET]}", "%s" % SECRET):  # noqa: UP031
        assert "hidden" not in shown
        assert "<secret>" in shown


def test_it_cannot_be_copied_pickled_or_made_bytes() -> None:
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps, bytes):
        with pytest.raises(TypeError):
            attempt(SECRET)


def test_it_has_no_attributes_to_look_into() -> None:
    assert not hasattr(SECRET, "__dict__")
