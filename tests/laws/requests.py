"""Requests that any form has a place for, for the laws that hold over all of them, and how they are compared."""

import msgspec
from hypothesis import strategies as st

from narrowgate.model.conversation import (
    Form,
    FormatKind,
    Image,
    Message,
    OutputFormat,
    Part,
    Request,
    Role,
    Sampling,
    Source,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolMode,
    ToolResult,
)
from tests.laws.replies import ARGUMENTS, NAMES, SAID

_JSON = msgspec.json.Decoder()
# What is only blank, or begins or ends so, some forms join with what stands beside it.
WORDS = SAID.map(lambda text: f"a{text}z")
TEXTS = st.builds(Text, WORDS)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
IMAGES = st.just(Image(Source(data=PNG, media_type="image/png")))
SCHEMA = msgspec.Raw(
    b'{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}'
)
TOOLS = st.lists(st.builds(Tool, NAMES, WORDS, st.just(SCHEMA)), max_size=3, unique_by=lambda tool: tool.name)


@st.composite
def _messages(draw: st.DrawFn, tools: tuple[Tool, ...]) -> tuple[Message, ...]:
    """Draw a conversation as it comes to pass: every call is followed by its result."""
    messages: list[Message] = []
    if draw(st.booleans()):
        messages.append(Message(Role.SYSTEM, (draw(TEXTS),)))
    calls_made = 0
    for _ in range(draw(st.integers(0, 2))):
        messages.append(Message(Role.USER, tuple(draw(st.lists(TEXTS | IMAGES, min_size=1, max_size=3)))))
        said: list[Part] = list(draw(st.lists(TEXTS, min_size=0 if tools else 1, max_size=1)))
        count = draw(st.integers(0 if said else 1, 2)) if tools else 0
        calls = [
            ToolCall(f"call_{calls_made + n}", draw(st.sampled_from(tools)).name, draw(ARGUMENTS)) for n in range(count)
        ]
        calls_made += count
        messages.append(Message(Role.ASSISTANT, (*said, *calls)))
        if calls:
            results = [ToolResult(call.id, (draw(TEXTS),), call.name) for call in calls]
            messages.append(Message(Role.USER, tuple(results)))
            messages.append(Message(Role.ASSISTANT, (draw(TEXTS),)))
    messages.append(Message(Role.USER, tuple(draw(st.lists(TEXTS, min_size=1, max_size=2)))))
    return tuple(messages)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a request; its form does not matter, for nothing in it is of one form only."""
    tools = tuple(draw(TOOLS))
    modes = [None, ToolChoice(ToolMode.AUTO), ToolChoice(ToolMode.NONE), ToolChoice(ToolMode.REQUIRED)]
    named = [ToolChoice(ToolMode.NAMED, (tool.name,)) for tool in tools]
    schema = OutputFormat(FormatKind.SCHEMA, SCHEMA, "answer", is_strict=True)
    return Request(
        Form.OPENAI_CHAT,
        "m",
        draw(_messages(tools)),
        tools,
        draw(st.sampled_from([*modes, *named])) if tools else None,
        max_output_tokens=draw(st.integers(16, 9_999)),
        sampling=Sampling(
            draw(st.none() | st.sampled_from([0.0, 0.5, 1.0])),
            draw(st.none() | st.sampled_from([0.25, 1.0])),
            draw(st.none() | st.integers(1, 40)),
            presence_penalty=draw(st.none() | st.just(0.5)),
            frequency_penalty=draw(st.none() | st.just(0.5)),
            seed=draw(st.none() | st.integers(0, 99)),
            stop=tuple(draw(st.lists(WORDS, max_size=2, unique=True))),
        ),
        format=draw(st.sampled_from([None, OutputFormat(FormatKind.JSON), schema])),
        is_stream=draw(st.booleans()),
    )


def wanted(request: Request) -> dict[str, object]:
    """Return what a request asks for, by its neutral path, in the way that all forms can say it."""
    asked, choice = request.sampling, request.tool_choice
    # What a form cannot forbid, or choose from, is not offered, which is as good.
    mode = choice.mode if choice is not None else ToolMode.AUTO
    chosen = (
        choice.names
        if choice is not None and mode is ToolMode.NAMED
        else [tool.name for tool in request.tools if isinstance(tool, Tool)]
    )
    tools = [
        tool for tool in request.tools if isinstance(tool, Tool) and tool.name in chosen and mode is not ToolMode.NONE
    ]
    facets: dict[str, object] = {
        "max_output_tokens": request.max_output_tokens,
        "sampling.temperature": asked.temperature,
        "sampling.top_p": asked.top_p,
        "sampling.top_k": asked.top_k,
        "sampling.presence_penalty": asked.presence_penalty,
        "sampling.frequency_penalty": asked.frequency_penalty,
        "sampling.seed": asked.seed,
        "sampling.stop": asked.stop,
        "tools": [(tool.name, tool.description, _plain(tool.parameters)) for tool in tools],
        "tool_choice": mode in {ToolMode.NAMED, ToolMode.REQUIRED} and [tool.name for tool in tools],
        "format": None if request.format is None else (request.format.kind, _plain(request.format.schema)),
        "is_stream": request.is_stream,
        "system": [
            part.text
            for said in request.messages
            if said.role is Role.SYSTEM
            for part in said.parts
            if isinstance(part, Text)
        ],
    }
    numbers = {call.id: n for n, call in enumerate(_calls(request))}
    facets["calls"] = [(call.name, _JSON.decode(call.arguments)) for call in _calls(request)]
    facets["messages"] = _turns(request, numbers)
    return facets


def _calls(request: Request) -> list[ToolCall]:
    return [part for said in request.messages for part in said.parts if isinstance(part, ToolCall)]


class _Turns:
    """What is said in its order; parts of one speaker may be joined, with a line's end between them."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self.told: list[object] = []
        self._numbers = numbers
        self._speaker: Role | None = None
        self._texts: list[str] = []

    def add(self, role: Role, part: Part) -> None:
        if role is not self._speaker or isinstance(part, ToolCall | ToolResult):
            self.flush()
        self._speaker = role
        match part:
            case Text(text):
                self._texts.append(text)
            case Image(source):
                self.told.append(("image", source.data))
            case ToolCall():
                self.told.append(("call", self._numbers[part.id]))
            case ToolResult():
                texts = "".join(piece.text for piece in part.content if isinstance(piece, Text))
                self.told.append(("result", self._numbers.get(part.call_id), texts.replace("\n", "")))
            case _:
                self.told.append(part)

    def flush(self) -> None:
        if self._texts:
            self.told.append((self._speaker, "".join(self._texts).replace("\n", "")))
        self._texts = []


def _turns(request: Request, numbers: dict[str, int]) -> list[object]:
    turns = _Turns(numbers)
    for message in request.messages:
        for part in message.parts:
            if message.role is not Role.SYSTEM:
                turns.add(message.role, part)
    turns.flush()
    return turns.told


def _plain(raw: msgspec.Raw | None) -> object:
    return None if raw is None else _JSON.decode(raw)
