"""Conversations in OpenAI's Responses, which providers may keep: their names are the gateway's own."""

from narrowgate.dialects.registry import Route
from narrowgate.identity.response_ids import StoredResponse
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.edge import Edge
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.stored import previous_of, renaming, with_previous
from narrowgate.pipeline.target import Target
from narrowgate.schemas.openai import RequestHead


class ResponsesConversation(Conversation):
    """A conversation whose client speaks OpenAI's Responses."""

    __slots__ = ("_stored_names",)

    def __init__(self, edge: Edge, client: Client, principal: Principal, route: Route, query: bytes) -> None:
        super().__init__(edge, client, principal, route, query)
        self._stored_names: dict[str, str] = {}

    def _body_for(self, target: Target, head: RequestHead, body: bytes) -> bytes:
        key_id = self._principal.key.id
        body, self._stored_names = with_previous(self._edge.response_ids, key_id, target, head, body)
        return body

    def _new_relay(self, target: Target) -> Relay:
        if not target.provider.keeps_responses:
            return super()._new_relay(target)
        ids, key_id = self._edge.response_ids, self._principal.key.id
        client = renaming(ids, key_id, target, self._front(), self._stored_names)
        return Relay(self, client, target, self._operation)

    @property
    def _keeper(self) -> StoredResponse | None:
        """What the request goes on from, if a provider keeps that: no other can go on from it."""
        if self._ask is None:
            return None
        return previous_of(self._edge.response_ids, self._principal.key.id, self._ask.head)
