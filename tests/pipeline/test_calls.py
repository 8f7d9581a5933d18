"""Each path has its kind of call."""

import pytest

from narrowgate.dialects.registry import route_of
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.calls import maker_of
from narrowgate.pipeline.chat_conversation import ChatConversation
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.responses_conversation import ResponsesConversation
from narrowgate.pipeline.rewritten import RewrittenCall
from narrowgate.pipeline.service_call import ServiceCall
from tests.pipeline.fakes import FakeClient, World, key


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (b"/v1/moderations", Call),
        (b"/v1/embeddings", ServiceCall),
        (b"/v1/audio/speech", ServiceCall),
        (b"/v1/rerank", ServiceCall),
        (b"/v2/embed", RewrittenCall),
        (b"/v2/rerank", RewrittenCall),
        (b"/v1/chat/completions", ChatConversation),
        (b"/v1/responses", ResponsesConversation),
        (b"/v1/messages", Conversation),
        (b"/v1/messages/count_tokens", Conversation),
    ],
)
def test_only_what_may_be_put_in_another_form_is_more_than_a_call(path: bytes, kind: type[Call]) -> None:
    route = route_of(path)
    assert route is not None
    assert type(maker_of(route, b"")(World().edge, FakeClient(), Principal(key()))) is kind
