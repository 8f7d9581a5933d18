"""Embeddings for clients whose dialect has a form of its own for them; providers are asked in OpenAI's."""

from collections.abc import Mapping

from narrowgate.dialects.cohere_chat.embed import from_openai, to_openai
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate.embed import google_embeddings, openai_embeddings
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Failed, Fault, FaultKind
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.lane import refuse
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target
from narrowgate.schemas.openai import RequestHead, read_head
from narrowgate.wire.errors import WireError


class EmbeddingCall(Conversation):
    """One call for vectors, its body and its answer rewritten."""

    __slots__ = ("_asked",)

    _asked: bytes

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        del head  # of the client's own body; what goes out has another
        self._asked = body
        is_google = self._route.form is Form.GEMINI_GENERATE
        made = openai_embeddings(Asked(body, self._route.model)) if is_google else to_openai(body)
        refuse(made.inexpressible, str, target, self._policy(headers))
        super()._go(target, read_head(made.body), made.body, headers)

    def _new_relay(self, target: Target) -> Relay:
        relay = super()._new_relay(target)
        relay.rewrite = self._rewritten
        return relay

    def _rewritten(self, body: bytes) -> bytes:
        try:
            if self._route.form is Form.GEMINI_GENERATE:
                return google_embeddings(body, is_batch=b'"requests"' in self._asked)
            return from_openai(body, self._asked, self.call_id)
        except WireError as error:
            raise Failed(Fault(FaultKind.UPSTREAM_BROKEN, f"{error}", code="upstream_invalid")) from None
