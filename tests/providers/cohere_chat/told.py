"""A streamed answer of Cohere's, in its form, and how to hear one."""

from narrowgate.model.reply import Event
from narrowgate.providers.cohere_chat import FAMILY
from narrowgate.providers.family import Quirks


def event(data: str) -> str:
    name = data.split('"type":"', 1)[1].split('"', 1)[0]
    return f"event: {name}\ndata: {data}\n\n"


START = event(
    '{"type":"message-start","id":"m-1","delta":{"message":{"role":"assistant","content":[],"tool_plan":""}}}'
)
CITATION = (
    '{"start":0,"end":2,"text":"Hé","sources":[{"type":"document","id":"d0","document":{"title":"A","url":"u"}}]}'
)
CITED = "".join(
    (
        START,
        event('{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}'),
        event('{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"Hm."}}}}'),
        event('{"type":"content-end","index":0}'),
        event('{"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":""}}}}'),
        event('{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"Hé"}}}}'),
        event('{"type":"content-end","index":1}'),
        event('{"type":"citation-start","index":0,"delta":{"message":{"citations":' + CITATION + "}}}"),
        event('{"type":"citation-end","index":0}'),
        event(
            '{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":3,'
            '"output_tokens":5},"tokens":{"input_tokens":90,"output_tokens":7,"reasoning_tokens":4},"cached_tokens":80}}}'
        ),
        "data: [DONE]\n\n",
    )
).encode()


def call(index: int, name: str) -> str:
    started = (
        '{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c0","type":"function",'
        '"function":{"name":"NAME","arguments":""}}}}}'
    )
    said = '{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}'
    ended = '{"type":"tool-call-end","index":0}'
    return "".join(event(each) for each in (started, said, ended)).replace("0", str(index)).replace("NAME", name)


CALLED = "".join(
    (
        START,
        event('{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I will "}}}'),
        event('{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"look."}}}'),
        call(0, "look"),
        call(1, "ask"),
        event('{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}'),
    )
).encode()


def heard(stream: bytes, *cuts: int) -> list[Event]:
    decoder, at = FAMILY.decoder(Quirks()), 0
    events: list[Event] = []
    for cut in (*sorted(cuts), len(stream)):
        events += decoder.feed(stream[at:cut])
        at = cut
    return [*events, *decoder.end()]
