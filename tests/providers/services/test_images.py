import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.fault import Failed
from narrowgate.providers.services.images import REPLICATE
from narrowgate.wire.errors import WireError


def test_a_picture_is_a_prediction_with_the_models_inputs() -> None:
    body = b'{"model":"x","prompt":"a cat","n":2,"aspect_ratio":"16:9","user":"u"}'
    made = REPLICATE.to_wire(body, "black-forest-labs/flux-schnell")
    assert json.loads(made.body) == {
        "version": "black-forest-labs/flux-schnell",
        "input": {"aspect_ratio": "16:9", "prompt": "a cat", "num_outputs": 2},
    }
    assert dict(made.headers)["prefer"] == "wait=10"
    assert [(one.what, one.is_hint) for one in made.inexpressible] == [("user", True)]
    assert not REPLICATE.passes


def test_what_models_call_otherwise_is_inexpressible() -> None:
    asked = {"prompt": "a", "size": "1024x1024", "quality": "auto", "response_format": "b64_json", "stream": True}
    made = REPLICATE.to_wire(json.dumps(asked).encode(), "m")
    assert [one.what for one in made.inexpressible] == ["response_format", "size", "stream"]
    with pytest.raises(WireError, match="prompt"):
        REPLICATE.to_wire(b"{}", "m")


def test_pictures_come_as_addresses() -> None:
    told = {"id": "p", "status": "succeeded", "output": ["https://replicate.delivery/a.png"]}
    answered = REPLICATE.from_wire(json.dumps(told).encode(), b"")
    assert answered.body == b'{"data":[{"url":"https://replicate.delivery/a.png"}]}'
    with pytest.raises(WireError):
        REPLICATE.from_wire(json.dumps({**told, "output": None}).encode(), b"")
    with pytest.raises(Failed):
        REPLICATE.from_wire(json.dumps({**told, "status": "failed"}).encode(), b"")


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        REPLICATE.from_wire(junk, b"")
