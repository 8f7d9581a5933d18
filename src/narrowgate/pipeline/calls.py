"""Which kind of call a path asks for."""

from narrowgate.dialects.registry import Route
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.chat_conversation import ChatConversation
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.rewritten import RewrittenCall
from narrowgate.pipeline.service_call import ServiceCall
from narrowgate.pipeline.services import SERVED

_REWRITTEN = frozenset({Operation.EMBEDDINGS, Operation.RERANK})


def make_call(edge: Edge, client: Client, principal: Principal, route: Route, query: bytes) -> Call:
    """Return the call that `route` asks for."""
    if route.form is None:
        if route.operation in SERVED:
            return ServiceCall(edge, client, principal, route, query)
        return Call(edge, client, principal, route.operation)
    if route.operation in _REWRITTEN:
        return RewrittenCall(edge, client, principal, route, query)
    kind = ChatConversation if route.form is Form.OPENAI_CHAT else Conversation
    return kind(edge, client, principal, route, query)
