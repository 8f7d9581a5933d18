"""The family does what its rooms do."""

from narrowgate.model.conversation import Form
from narrowgate.providers.family import Quirks
from narrowgate.providers.openai_chat import FAMILY
from tests.providers.openai_chat.asked import HELLO
from tests.providers.openai_chat.told import answered


def test_one_instance_speaks_all_of_it() -> None:
    assert FAMILY.form is Form.OPENAI_CHAT
    assert b'"model":"x"' in FAMILY.to_wire(HELLO, "x", Quirks()).body
    assert answered({"content": "hi"}).form is Form.OPENAI_CHAT
    assert FAMILY.decoder(Quirks()).end() == []
    assert FAMILY.fault(404, {}, b"gone").upstream_status == 404
