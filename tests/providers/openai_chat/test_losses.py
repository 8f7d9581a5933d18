"""Nothing is lost without a word."""

import msgspec

from narrowgate.model.conversation import Extension
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat.losses import Losses, Members
from tests.providers.openai_chat.asked import OWN


def test_a_refused_path_is_noted_once_asked_for() -> None:
    losses = Losses(Quirks(unknown=frozenset({"choices"})), is_own=True)
    assert losses.is_refused("choices")
    assert not losses.is_refused("format")
    assert [loss.what for loss in losses.found] == ["choices"]


def test_members_join_an_object_empty_or_not() -> None:
    extensions = (Extension('a"b', msgspec.Raw(b"1")), Extension("tools[0].x", msgspec.Raw(b"2")))
    members = Members(msgspec.structs.replace(OWN, extensions=extensions), Losses(Quirks(), is_own=True))
    assert bytes(members.joined("", b"{}")) == b'{"a\\"b":1}'
    assert bytes(members.joined("tools[0]", b'{"y":1}')) == b'{"y":1,"x":2}'
    assert bytes(members.joined("tools[0]", b'{"y":1}')) == b'{"y":1}'
