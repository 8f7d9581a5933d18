"""Which kind of call a path asks for."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from narrowgate.dialects.registry import Route
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.chat_conversation import ChatConversation
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.responses_conversation import ResponsesConversation
from narrowgate.pipeline.rewritten import RewrittenCall
from narrowgate.pipeline.service_call import ServiceCall
from narrowgate.pipeline.services import SERVED

_REWRITTEN = frozenset({Operation.EMBEDDINGS, Operation.RERANK})
_OWN: Mapping[Form, type[Conversation]] = MappingProxyType(
    {Form.OPENAI_CHAT: ChatConversation, Form.OPENAI_RESPONSES: ResponsesConversation}
)


Maker = Callable[[Edge, Client, Principal], Call]


def maker_of(route: Route, query: bytes) -> Maker:
    """Return what makes the calls that `route` asks for."""
    if route.form is None and route.operation not in SERVED:
        return partial(Call, operation=route.operation)
    if route.form is None:
        kind: type[Conversation] = ServiceCall
    elif route.operation in _REWRITTEN:
        kind = RewrittenCall
    else:
        kind = _OWN.get(route.form, Conversation)
    return partial(kind, route=route, query=query)
