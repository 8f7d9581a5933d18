"""Media by URL are found wherever they stand, and their bytes take their place."""

from narrowgate.model.conversation import Document, Form, Image, Message, Request, Role, Source, Text, ToolResult
from narrowgate.pipeline.fetching import Media
from narrowgate.pipeline.media import inlined, wanted_by
from narrowgate.providers.family import Quirks

URL, OTHER = "https://e.example/x", "https://e.example/y"
ASKED = Request(
    Form.ANTHROPIC_MESSAGES,
    "m",
    (
        Message(Role.USER, (Text("hi"), Image(Source(url=URL), "low"))),
        Message(Role.USER, (ToolResult("call_1", (Text("x"), Document(Source(url=OTHER), name="d"))),)),
    ),
)


def test_media_are_found_in_messages_and_results() -> None:
    assert wanted_by(ASKED, Form.BEDROCK_CONVERSE, Quirks()) == [
        (URL, "messages[0].parts[1]", "image"),
        (OTHER, "messages[1].parts[0].content[1]", "document"),
    ]
    assert wanted_by(ASKED, Form.ANTHROPIC_MESSAGES, Quirks()) == []


def test_bytes_take_the_place_of_urls_and_nothing_else_changes() -> None:
    done = inlined(ASKED, {URL: Media("image/png", "AAAA"), OTHER: Media("application/pdf", "BBBB")})
    assert done.messages[0].parts[1] == Image(Source(data="AAAA", media_type="image/png"), "low")
    result = done.messages[1].parts[0]
    assert isinstance(result, ToolResult)
    assert result.content[1] == Document(Source(data="BBBB", media_type="application/pdf"), name="d")
    assert wanted_by(done, Form.BEDROCK_CONVERSE, Quirks()) == []
    assert inlined(ASKED, {}) is ASKED
