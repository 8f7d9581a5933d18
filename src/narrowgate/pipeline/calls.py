"""Which kind of call a path asks for."""

from narrowgate.dialects.registry import Route
from narrowgate.model.operation import Operation
from narrowgate.pipeline.call import Call
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.embedding import EmbeddingCall
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal


def make_call(edge: Edge, client: Client, principal: Principal, route: Route, query: bytes) -> Call:
    """Return the call that `route` asks for."""
    if route.form is None:
        return Call(edge, client, principal, route.operation)
    if route.operation is Operation.EMBEDDINGS:
        return EmbeddingCall(edge, client, principal, route, query)
    return Conversation(edge, client, principal, route, query)
