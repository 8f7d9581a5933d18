"""Which forms a provider's conversations can have."""

from narrowgate.config.forms import form_complaints, forms_of, pinned_paths
from narrowgate.config.schema import Provider
from narrowgate.model.conversation import Form
from narrowgate.model.operation import Operation
from narrowgate.providers.profile import FormPath
from narrowgate.providers.registry import PROFILES

ANTHROPIC, OPENAI = PROFILES["anthropic"], PROFILES["openai"]
PATHS = {Operation.CHAT: "/v1/chat", Operation.RESPONSES: "/v1/responses", Operation.EMBEDDINGS: "/v1/embeddings"}


def test_a_base_url_that_ends_in_the_version_says_it_once() -> None:
    for base, expected in (("", "/v1/messages"), ("/v1", "/v1/messages"), ("/proxy", "/proxy/v1/messages")):
        assert forms_of(Provider(), ANTHROPIC, base, {}) == {Form.ANTHROPIC_MESSAGES: FormPath(expected, expected)}


def test_a_query_joins_the_one_a_path_has() -> None:
    path = forms_of(Provider(query="a=b"), PROFILES["gemini"], "", {})[Form.GEMINI_GENERATE]
    assert path.whole.endswith(":generateContent?a=b")
    assert path.stream.endswith("?alt=sse&a=b")


def test_openais_operations_are_forms_too() -> None:
    assert list(forms_of(Provider(), OPENAI, "/v1", PATHS)) == [Form.OPENAI_CHAT, Form.OPENAI_RESPONSES]


def test_a_pinned_form_is_the_only_one() -> None:
    entry = Provider(forms=(Form.OPENAI_RESPONSES,))
    assert list(forms_of(entry, OPENAI, "/v1", PATHS)) == [Form.OPENAI_RESPONSES]
    assert set(pinned_paths(entry, PATHS)) == {Operation.RESPONSES, Operation.EMBEDDINGS}
    assert pinned_paths(Provider(), PATHS) == PATHS


def test_a_form_that_is_not_spoken_is_complained_about() -> None:
    entry = Provider(forms=(Form.OPENAI_CHAT, Form.ANTHROPIC_MESSAGES, Form.ANTHROPIC_MESSAGES))
    said = [str(one) for one in form_complaints(entry, ANTHROPIC, "providers.a", is_own=False)]
    assert len(said) == 2
    assert "providers.a.forms[0]" in said[0]
    assert "anthropic_messages" in said[0]
    assert "second time" in said[1]


def test_who_pins_a_form_says_that_all_models_there_speak_it() -> None:
    databricks, base = PROFILES["databricks"], "/serving-endpoints"
    target = f"{base}/anthropic/v1/messages"
    free = forms_of(Provider(), databricks, base, {})
    assert free == {Form.ANTHROPIC_MESSAGES: FormPath(target, target, "claude")}
    pinned = forms_of(Provider(forms=(Form.ANTHROPIC_MESSAGES,)), databricks, base, {})
    assert pinned == {Form.ANTHROPIC_MESSAGES: FormPath(target, target)}
