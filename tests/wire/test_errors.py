from narrowgate.wire.errors import WireError


def test_a_wire_error_is_its_message_and_knows_where() -> None:
    error = WireError("model: expected a string, got 12", "model")
    assert str(error) == "model: expected a string, got 12"
    assert error.path == "model"
    assert WireError("the body is not JSON").path is None
