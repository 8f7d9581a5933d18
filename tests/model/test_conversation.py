"""The vocabulary of conversations."""

import msgspec

from narrowgate.model.conversation import Form, Message, Request, Role, Sampling, Text


def test_a_request_needs_no_more_than_who_asks_what() -> None:
    request = Request(Form.OPENAI_CHAT, "m", (Message(Role.USER, (Text("hi"),)),))
    assert request.sampling == Sampling()
    assert (request.tools, request.extensions, request.choices, request.is_stream) == ((), (), 1, False)


def test_a_request_does_not_change() -> None:
    assert all(
        kind.__struct_config__.frozen for kind in (Request, Message, Text, Sampling) if issubclass(kind, msgspec.Struct)
    )
