"""Claude through InvokeModel: Messages within, AWS without."""

import json

from narrowgate.dialects.bedrock_invoke import DIALECT
from narrowgate.dialects.dialect import Asked
from narrowgate.model.conversation import Form, Text
from narrowgate.model.fault import Fault, FaultKind
from narrowgate.model.reply import Choice, Finish, Reply, unfold
from narrowgate.wire.event_stream import EventStreamReader

BODY = b'{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'


def test_model_and_streaming_are_what_the_path_says() -> None:
    request = DIALECT.parse(Asked(BODY, "m", is_stream=True))
    assert (request.form, request.model, request.is_stream, request.max_output_tokens) == (
        Form.ANTHROPIC_MESSAGES,
        "m",
        True,
        9,
    )


def test_a_stream_is_messages_in_frames() -> None:
    request = DIALECT.parse(Asked(BODY, "m", is_stream=True))
    encoder = DIALECT.encoder(request, "msg_1", 1)
    reply = Reply(Form.OPENAI_CHAT, "r", "m", (Choice((Text("yo"),), Finish.STOP),))
    frames = EventStreamReader().feed(b"".join(encoder.encode(event) for event in unfold(reply)))
    assert len(frames) > 3


def test_errors_are_awss() -> None:
    assert json.loads(DIALECT.render_fault(Fault(FaultKind.BAD_REQUEST, "no"))) == {"message": "no"}
