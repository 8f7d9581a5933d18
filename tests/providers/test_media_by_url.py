"""What has to be fetched for whom."""

import pytest

from narrowgate.model.conversation import Form
from narrowgate.providers.family import Quirks
from narrowgate.providers.media_by_url import needs_bytes

URL = "https://e.example/x"


@pytest.mark.parametrize(
    ("form", "kind", "wanted"),
    [
        (Form.BEDROCK_CONVERSE, "image", True),
        (Form.BEDROCK_CONVERSE, "document", True),
        (Form.GEMINI_GENERATE, "image", True),
        (Form.OLLAMA_CHAT, "image", True),
        (Form.OLLAMA_CHAT, "document", False),
        (Form.COHERE_CHAT, "image", False),
        (Form.ANTHROPIC_MESSAGES, "image", False),
        (Form.ANTHROPIC_MESSAGES, "document", False),
        (Form.OPENAI_CHAT, "image", False),
        (Form.OPENAI_CHAT, "document", True),
        (Form.OPENAI_CHAT, "audio", True),
        (Form.OPENAI_CHAT, "video", False),
        (Form.OPENAI_RESPONSES, "audio", True),
        (Form.OPENAI_RESPONSES, "document", False),
    ],
)
def test_what_a_form_takes_only_as_bytes_is_fetched(form: Form, kind: str, wanted: bool) -> None:
    assert needs_bytes(URL, kind, form, Quirks()) is wanted


def test_who_fetches_nothing_itself_is_sent_bytes() -> None:
    assert needs_bytes(URL, "image", Form.OPENAI_CHAT, Quirks(takes_urls=False))
    assert needs_bytes(URL, "image", Form.ANTHROPIC_MESSAGES, Quirks(takes_urls=False))
    assert not needs_bytes(URL, "document", Form.OPENAI_CHAT, Quirks(document_field="document_url"))


def test_what_lies_with_the_provider_stays_there() -> None:
    assert not needs_bytes("s3://bucket/x", "image", Form.BEDROCK_CONVERSE, Quirks())
    assert not needs_bytes("https://youtu.be/x", "video", Form.GEMINI_GENERATE, Quirks())
