"""Answers of every shape a model can give, for the laws that hold over all forms."""

import msgspec
from hypothesis import strategies as st

from narrowgate.model.conversation import Form, Part, Refusal, Request, Seal, Text, Thought, ToolCall
from narrowgate.model.reply import Choice, Finish, Reply
from narrowgate.model.usage import Usage

# Letters, blanks, line ends, what JSON and events escape, more than one byte, more than one UTF-16 unit.
WORDS = st.text('ab \n\r\t"\\/<&é☃👋\x7f\u2028:{}[],', max_size=12)
SAID = WORDS.filter(bool)
NAMES = st.text("abz_9", min_size=1, max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 53), 1 << 53) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(NAMES, JSON, max_size=3).map(lambda value: msgspec.json.encode(value).decode())
FORMS = st.sampled_from(Form)
# The forms whose providers sign or encrypt; what others keep in a seal has a shape of its own.
SEALING = st.sampled_from([Form.ANTHROPIC_MESSAGES, Form.BEDROCK_CONVERSE, Form.GEMINI_GENERATE, Form.OPENAI_RESPONSES])
SEALS = st.builds(Seal, SEALING, st.text("ABCxyz019+/=", min_size=4, max_size=12))
TEXTS = st.builds(Text, SAID)
THOUGHTS = st.builds(Thought, SAID, st.none() | SEALS)
CALLS = st.builds(ToolCall, st.text("abc_019", min_size=1, max_size=9).map("call_{}".format), NAMES, ARGUMENTS)
REFUSALS = st.builds(Refusal, SAID)
COUNTS = st.integers(0, 1 << 20)
USAGES = st.builds(Usage, COUNTS, COUNTS, COUNTS, output_text=COUNTS, cache_write_1h=COUNTS)
FINISHES = st.sampled_from([Finish.STOP, Finish.LENGTH, Finish.CONTENT_FILTER])


@st.composite
def _parts(draw: st.DrawFn) -> tuple[Part, ...]:
    """Draw thoughts, then words, then calls, as models speak; every call has an id of its own."""
    calls = draw(st.lists(CALLS, max_size=3, unique_by=lambda call: call.id))
    return (*draw(st.lists(THOUGHTS, max_size=2)), *draw(st.lists(TEXTS, max_size=2)), *calls)


@st.composite
def _choices(draw: st.DrawFn) -> Choice:
    parts = draw(_parts())
    has_calls = any(isinstance(part, ToolCall) for part in parts)
    return Choice(parts, Finish.TOOL_CALLS if has_calls else draw(FINISHES))


REPLIES = st.builds(
    Reply,
    FORMS,
    NAMES.map("id_{}".format),
    NAMES,
    st.tuples(_choices()),
    st.none() | USAGES,
    st.integers(1, 1 << 31),
)


def asking(form: Form, *, is_stream: bool) -> Request:
    """Return the request an answer is written for."""
    return Request(form, "m", (), is_stream=is_stream, has_stream_usage=True)
