import json

import msgspec

from narrowgate.model.conversation import (
    Extension,
    Form,
    FormatKind,
    Hints,
    Image,
    Message,
    OutputFormat,
    Refusal,
    Request,
    Role,
    Sampling,
    Source,
    Text,
    Thought,
    Tool,
)
from narrowgate.providers.replicate.request import outgoing


def sent(request: Request) -> tuple[dict[str, object], dict[str, bool]]:
    out = outgoing(request, "owner/model")
    body = json.loads(out.body)
    assert body["version"] == "owner/model"
    return body["input"], {one.what: one.is_hint for one in out.inexpressible}


def test_a_single_message_is_the_prompt() -> None:
    messages = (Message(Role.SYSTEM, (Text("be brief"),)), Message(Role.USER, (Text("hi"), Text("you"))))
    sampling = Sampling(0.5, 0.9, 40, seed=7, stop=("a", "b"))
    written, lost = sent(Request(Form.OPENAI_CHAT, "m", messages, max_output_tokens=9, sampling=sampling))
    assert written == {
        "prompt": "hi\nyou",
        "system_prompt": "be brief",
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "seed": 7,
        "stop_sequences": "a,b",
    }
    assert lost == {}


def test_several_are_a_dialogue_that_goes_on() -> None:
    messages = (
        Message(Role.USER, (Text("hi"),)),
        Message(Role.ASSISTANT, (Thought("hm"), Text("ho"))),
        Message(Role.USER, (Text("why?"), Image(Source(url="https://x/y.png")))),
    )
    written, lost = sent(Request(Form.OPENAI_CHAT, "m", messages))
    assert written["prompt"] == "User: hi\n\nAssistant: ho\n\nUser: why?\n\nAssistant:"
    assert lost == {"messages[1].parts[0]": True, "messages[2].parts[1]": False}
    begun = (Message(Role.USER, (Text("hi"),)), Message(Role.ASSISTANT, (Refusal("no"),)))
    assert sent(Request(Form.OPENAI_CHAT, "m", begun))[0]["prompt"] == "User: hi\n\nAssistant: no"
    assert sent(Request(Form.OPENAI_CHAT, "m", ()))[0]["prompt"] == "Assistant:"


def test_inputs_of_a_models_own_are_the_clients_to_name() -> None:
    extensions = (
        Extension("input", msgspec.Raw(b'{"image_input":["u"],"prompt":"mine"}')),
        Extension("logit", msgspec.Raw(b"1")),
        Extension("nothing", msgspec.Raw(b"null")),
        Extension("stream_options", msgspec.Raw(b"{}")),
    )
    messages = (Message(Role.USER, (Text("hi"),)),)
    written, lost = sent(Request(Form.OPENAI_CHAT, "m", messages, extensions=extensions))
    assert written == {"prompt": "mine", "image_input": ["u"]}
    assert lost == {"extensions.logit": False, "extensions.stream_options": True}


def test_what_has_no_place_is_named() -> None:
    request = Request(
        Form.OPENAI_CHAT,
        "m",
        (),
        (Tool("f"),),
        choices=2,
        format=OutputFormat(FormatKind.JSON),
        sampling=Sampling(has_logprobs=False, min_p=0.1),
        hints=Hints(user="u"),
    )
    assert sent(request)[1] == {
        "tools[0]": False,
        "sampling.min_p": False,
        "choices": False,
        "format": False,
        "hints.user": True,
    }
