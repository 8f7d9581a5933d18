"""Chat completions that go through as they came, but for what clients of that form would not understand."""

from narrowgate.model.operation import Operation
from narrowgate.pipeline.conversation import Conversation
from narrowgate.pipeline.owner import Owner
from narrowgate.pipeline.ports import Client
from narrowgate.pipeline.relay import Relay
from narrowgate.pipeline.target import Target
from narrowgate.wire.chat_repair import has_calls, mend_answer, mend_finish
from narrowgate.wire.sse import EventWatch


class ChatConversation(Conversation):
    """A conversation whose client speaks OpenAI's chat completions."""

    __slots__ = ()

    def _new_relay(self, target: Target) -> Relay:
        if target.provider.quirks.is_mended:
            return MendingRelay(self._owner(), self._front(), target, self._operation)
        return super()._new_relay(target)


class MendingRelay(Relay):
    """Sends on what an imitator says in OpenAI's words."""

    __slots__ = ("_has_called",)

    def __init__(self, owner: Owner, client: Client, target: Target, operation: Operation) -> None:
        super().__init__(owner, client, target, operation)
        self._has_called = False
        self.rewrite = mend_answer

    def _watched(self, watch: EventWatch, data: bytes) -> bytes:
        out = super()._watched(watch, data)
        if not self._has_called and has_calls(out):
            self._has_called = True
        mended = mend_finish(out, has_called=self._has_called)
        if mended is not out and watch.usage_piece is out:
            watch.usage_piece = mended
        return mended
