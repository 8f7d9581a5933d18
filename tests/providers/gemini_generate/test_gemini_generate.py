"""The family answers for its rooms."""

from narrowgate.model.conversation import Form
from narrowgate.providers.family import Quirks
from narrowgate.providers.gemini_generate import FAMILY
from tests.providers.gemini_generate.sent import asked
from tests.providers.gemini_generate.told import body


def test_it_asks_reads_and_complains() -> None:
    assert FAMILY.form is Form.GEMINI_GENERATE
    assert FAMILY.to_wire(asked(), "gemini-2.5-flash", Quirks()).body.startswith(b'{"contents"')
    assert FAMILY.from_wire(body({"text": "a"}), Quirks()).form is Form.GEMINI_GENERATE
    assert FAMILY.decoder(Quirks()).end() == []
    assert FAMILY.fault(500, {}, b"").upstream_status == 500
