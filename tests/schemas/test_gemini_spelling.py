"""Members get one spelling; what is the client's own stays byte for byte."""

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.schemas.gemini_spelling import camel, spelled


def test_members_are_respelled_at_every_level() -> None:
    body = (
        b'{"system_instruction":{"parts":[{"text":"s"}]},"contents":[{"parts":[{"inline_data":{"mime_type":"image/png"}}]}],'
        b'"generation_config":{"thinking_config":{"thinking_budget":1}},"tools":[{"function_declarations":[{"name":"f"}]}]}'
    )
    assert spelled(body) == (
        b'{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"parts":[{"inlineData":{"mimeType":"image/png"}}]}],'
        b'"generationConfig":{"thinkingConfig":{"thinkingBudget":1}},"tools":[{"functionDeclarations":[{"name":"f"}]}]}'
    )


def test_arguments_results_and_schemas_are_left_alone() -> None:
    kept = (
        b'{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"my_key":  1.0}}},'
        b'{"functionResponse":{"response":{"a_b":1}}}]}],"generationConfig":{"responseJsonSchema":{"a_b":  {}}}}'
    )
    assert spelled(kept) == kept


def test_a_camel_case_body_comes_back_as_it_came() -> None:
    assert spelled(b'{ "contents" : [] }') == b'{ "contents" : [] }'


def test_a_name_without_underscores_stays() -> None:
    assert camel("topK") == "topK"
    assert camel("top_k") == "topK"


@given(st.binary())
def test_junk_is_left_for_the_schema_to_complain_about(junk: bytes) -> None:
    spelled(b'{"a_b":' + junk)
