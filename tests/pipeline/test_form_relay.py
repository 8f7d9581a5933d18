"""What the relay of forms does with answers that do not fit; the rest is told in test_conversation."""

import pytest

from narrowgate.model.conversation import Form
from tests.pipeline.test_conversation import ASKED, MESSAGES, REPLY, SSE, STREAM, Talk, whole

FORMS = {Form.ANTHROPIC_MESSAGES: MESSAGES}


def test_an_empty_stream_is_no_answer() -> None:
    talk = Talk(b"/v1/messages", ASKED[:-1] + b',"stream":true}', FORMS)
    talk.answer(SSE)
    talk.close()
    assert talk.client.status == 502
    assert b"empty stream" in talk.client.sent


def test_in_its_own_form_what_is_not_understood_passes() -> None:
    talk = Talk(b"/v1/messages", ASKED, FORMS)
    talk.answer(whole(b'{"something":"new"}'))
    assert (talk.client.status, talk.client.sent) == (200, b'{"something":"new"}')
    assert talk.world.record.cost_usd_e9 is None


@pytest.mark.parametrize("body", [b"<html>", b"", b"oops"])
def test_an_error_that_is_no_json_is_put_into_words_of_the_dialect(body: bytes) -> None:
    talk = Talk(b"/v1/messages", ASKED, FORMS)
    talk.answer(whole(body, b"503 Unavailable"))
    assert talk.client.status == 503
    assert talk.client.sent.startswith(b'{"type":"error"')


def test_refused_credentials_are_the_gateways() -> None:
    talk = Talk(b"/v1/messages", ASKED, FORMS)
    talk.answer(whole(b'{"type":"error","error":{"message":"bad x-api-key sk-ant-123456"}}', b"401 No"))
    assert talk.client.status == 502
    assert b"sk-ant-123456" not in talk.client.sent


def test_a_whole_answer_in_pieces_is_one() -> None:
    talk = Talk(b"/v1/messages", ASKED, FORMS)
    data = whole(REPLY)
    talk.answer(*(data[at : at + 5] for at in range(0, len(data), 5)))
    assert talk.client.sent == REPLY.replace(b'"model": "m"', b'"model": "p/m"')


def test_a_client_that_leaves_a_stream_is_settled_with_an_estimate() -> None:
    talk = Talk(b"/v1/messages", ASKED[:-1] + b',"stream":true}', FORMS)
    talk.answer(SSE + b"".join(STREAM[:3]))
    talk.call.client_gone()
    assert talk.world.transport.exchange.said == ["abort"]
    assert (talk.world.record.status, talk.world.record.is_estimated) == (499, True)


def test_a_name_the_client_made_up_ends_no_header_line() -> None:
    asked = b'{"model":"p/m","input":"hi","a\\r\\nx-evil: 1":true}'
    talk = Talk(b"/v1/responses", asked, FORMS, headers={b"x-narrowgate-inexpressible": b"drop"})
    talk.answer(whole(REPLY))
    assert b"x-narrowgate-dropped: a??x-evil: 1" in talk.client.lines
    assert b"\nx-evil" not in talk.client.lines
