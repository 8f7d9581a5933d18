"""Which lane a conversation takes, and which of a provider's forms."""

import pytest

from narrowgate.dialects.dialect import Asked
from narrowgate.dialects.registry import Route
from narrowgate.model.conversation import Form
from narrowgate.model.fault import Failed
from narrowgate.model.inexpressible import Inexpressibles
from narrowgate.model.operation import Operation
from narrowgate.pipeline.lane import Lane, Terms, choose_lane
from narrowgate.providers.one_call import OneCall
from narrowgate.providers.profile import FormPath
from narrowgate.schemas.openai import read_head
from tests.pipeline.fakes import native, settings, target_of

MESSAGES = FormPath("/v1/messages", "/v1/messages")
RESPONSES = FormPath("/v1/responses", "/v1/responses")
ASKED = b'{"model":"p/m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'


def chosen(form: Form, body: bytes, *forms: Form) -> Lane:
    paths = {one: MESSAGES if one is Form.ANTHROPIC_MESSAGES else RESPONSES for one in forms}
    target = target_of("p/m", settings(native(paths)))
    route = Route(Operation.CHAT, form)
    return choose_lane(route, target, read_head(body), Asked(body), Terms(Inexpressibles.REFUSE))


def test_its_own_form_is_taken_before_any_other() -> None:
    lane = chosen(Form.ANTHROPIC_MESSAGES, ASKED, Form.OPENAI_RESPONSES, Form.ANTHROPIC_MESSAGES)
    assert (lane.request, lane.body, lane.output_limit) == (None, ASKED.replace(b"p/m", b"m"), 9)


def test_else_the_preferred_form_is() -> None:
    body = b'{"model":"p/m","input":"hi","max_output_tokens":5}'
    lane = chosen(Form.OPENAI_RESPONSES, body, Form.ANTHROPIC_MESSAGES)
    assert lane.request is not None
    assert (lane.family.form, lane.output_limit, lane.is_stream) == (Form.ANTHROPIC_MESSAGES, 5, False)


def test_a_provider_without_conversations_is_told() -> None:
    with pytest.raises(Failed) as caught:
        chosen(Form.ANTHROPIC_MESSAGES, ASKED)
    assert caught.value.fault.code == "unsupported_operation"


def test_the_limit_of_a_request_nobody_reads_is_the_highest_it_names() -> None:
    body = b'{"model":"p/m","max_tokens":9,"messages":[],"x":"\\"max_tokens\\": 3"}'
    assert chosen(Form.ANTHROPIC_MESSAGES, body, Form.ANTHROPIC_MESSAGES).output_limit == 9


def test_a_providers_own_tool_beside_others_is_let_go_and_told() -> None:
    search = b'{"type":"web_search"}'
    own = b'{"type":"function","name":"f","parameters":{"type":"object"}}'
    both = b'{"model":"p/m","input":"hi","tools":[%b,%b]}' % (own, search)
    assert chosen(Form.OPENAI_RESPONSES, both, Form.ANTHROPIC_MESSAGES).dropped == ("tools[1]",)
    for body in (
        b'{"model":"p/m","input":"hi","tools":[%b]}' % search,
        both[:-1] + b',"tool_choice":"required"}',
    ):
        with pytest.raises(Failed) as caught:
            chosen(Form.OPENAI_RESPONSES, body, Form.ANTHROPIC_MESSAGES)
        assert caught.value.fault.param == "tools[1]" if b"required" in body else "tools[0]"


def test_a_message_is_named_by_the_clients_own_number() -> None:
    own = b'{"type":"server_tool_use","id":"s","name":"web_search","input":{}}'
    said = b'[{"role":"user","content":"hi"},{"role":"assistant","content":[%b]}]' % own
    for system in (b"", b'"system":"be brief",'):
        body = b'{"model":"p/m","max_tokens":9,%b"messages":%b}' % (system, said)
        with pytest.raises(Failed) as caught:
            chosen(Form.ANTHROPIC_MESSAGES, body, Form.OPENAI_RESPONSES)
        assert (caught.value.fault.param or "").startswith("messages[1]")


def test_what_a_providers_own_tool_did_before_is_let_go_and_told() -> None:
    used = b'{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}}'
    said = b'{"type":"text","text":"found"}'
    talk = (
        b'{"model":"p/m","max_tokens":9,"messages":[{"role":"user","content":"hi"},%b,{"role":"user","content":"go"}]}'
    )
    both = talk % (b'{"role":"assistant","content":[%b,%b]}' % (used, said))
    assert chosen(Form.ANTHROPIC_MESSAGES, both, Form.OPENAI_RESPONSES).dropped == ("messages[1].content[0]",)
    for alone in (b'{"role":"assistant","content":[%b]}' % used, b'{"role":"user","content":[%b,%b]}' % (used, said)):
        with pytest.raises(Failed):
            chosen(Form.ANTHROPIC_MESSAGES, talk % alone, Form.OPENAI_RESPONSES)


@pytest.mark.parametrize(
    ("settings", "is_taken"),
    [('"topK":64', True), ('"topK":40', True), ('"topK":1', False), ('"topK":64,"seed":1', False)],
)
def test_what_models_do_anyway_need_not_be_said(settings: str, is_taken: bool) -> None:
    body = b'{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{%b}}' % settings.encode()
    if is_taken:
        assert chosen(Form.GEMINI_GENERATE, body, Form.OPENAI_RESPONSES).dropped == ("generationConfig.topK",)
        return
    with pytest.raises(Failed):
        chosen(Form.GEMINI_GENERATE, body, Form.OPENAI_RESPONSES)


def test_one_call_at_a_time_is_kept_here_where_a_provider_cannot_be_told() -> None:
    body = b'{"model":"p/m","input":"hi","parallel_tool_calls":false,"tools":[{"type":"function","name":"f"}]}'
    lane = chosen(Form.OPENAI_RESPONSES, body, Form.GEMINI_GENERATE)
    assert lane.dropped == ("parallel_tool_calls",)
    assert isinstance(lane.family, OneCall)
