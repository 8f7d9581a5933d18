from narrowgate.model.conversation import Form, Message, Request, Role, Text
from narrowgate.model.reply import Ended, fold
from narrowgate.providers.family import Family, Quirks
from narrowgate.providers.openai_responses import FAMILY

WHOLE = (
    b'{"id":"resp_1","model":"m","status":"completed","output":[{"type":"message","content":'
    b'[{"type":"output_text","text":"hi"}]}],"usage":{"input_tokens":1,"output_tokens":2,'
    b'"output_tokens_details":{"reasoning_tokens":3}}}'
)


def test_the_family_does_what_families_do() -> None:
    family: Family = FAMILY
    assert family.form is Form.OPENAI_RESPONSES
    request = Request(Form.OPENAI_CHAT, "x", (Message(Role.USER, (Text("hi"),)),))
    assert b'"model":"m"' in family.to_wire(request, "m", Quirks()).body
    assert family.fault(500, {}, b"oh").message == "oh"


def test_whole_and_streamed_answers_agree() -> None:
    quirks = Quirks()
    whole = FAMILY.from_wire(WHOLE, quirks)
    decoder = FAMILY.decoder(quirks)
    events = decoder.feed(b'data: {"type":"response.completed","response":' + WHOLE + b"}\n\n")
    assert events[-1] == Ended()
    assert fold(events).choices == whole.choices
    assert fold(events).usage == whole.usage
    assert whole.usage is not None
    assert whole.usage.output_total == 2
