"""Vectors and rankings for clients whose dialect has a form of its own for them."""

from collections.abc import Callable, Mapping

from narrowgate.dialects.asking import Rewritten
from narrowgate.dialects.cohere_chat.embed import from_openai, to_openai
from narrowgate.dialects.cohere_chat.rerank import from_gateway, to_gateway
from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.gemini_generate.embed import google_embeddings, openai_embeddings
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Failed
from narrowgate.model.operation import Operation
from narrowgate.pipeline.faults import unreadable
from narrowgate.pipeline.lane import refuse
from narrowgate.pipeline.service_call import ServiceCall
from narrowgate.pipeline.target import Target
from narrowgate.schemas.openai import RequestHead, read_head
from narrowgate.wire.errors import WireError


class RewrittenCall(ServiceCall):
    """One call in another dialect, its body put in the gateway's form and the answer put back."""

    __slots__ = ("_asked",)

    _asked: bytes

    def _go(self, target: Target, head: RequestHead, body: bytes, headers: Mapping[bytes, bytes]) -> None:
        del head  # of the client's own body; what goes out has another
        self._asked = body
        made = self._in_our_form(body)
        refuse(made.inexpressible, str, target, self.policy(headers))
        super()._go(target, read_head(made.body), made.body, headers)

    def _in_our_form(self, body: bytes) -> Rewritten:
        if self._operation is Operation.RERANK:
            return to_gateway(body)
        if self._route.form is Form.GEMINI_GENERATE:
            return openai_embeddings(Asked(body, self._route.model))
        return to_openai(body)

    def _rewriter(self) -> Callable[[bytes], bytes] | None:
        return self._rewritten

    def _rewritten(self, body: bytes) -> bytes:
        try:
            if self._operation is Operation.RERANK:
                return from_gateway(body, self.call_id)
            if self._route.form is Form.GEMINI_GENERATE:
                return google_embeddings(body, is_batch=b'"requests"' in self._asked)
            return from_openai(body, self._asked, self.call_id)
        except WireError as error:
            raise Failed(unreadable(error)) from None
