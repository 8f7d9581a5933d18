import pytest

from narrowgate.dialects.ollama_chat.paths import path_of


@pytest.mark.parametrize(
    ("neutral", "own"),
    [
        ("sampling.top_k", "options.top_k"),
        ("sampling.has_logprobs", "logprobs"),
        ("max_output_tokens", "options.num_predict"),
        ("reasoning", "think"),
        ("extensions.options.num_ctx", "options.num_ctx"),
        ("extensions.generate.raw", "raw"),
        ("messages[3].parts[0]", "messages[3]"),
        ("tools[2]", "tools[2]"),
    ],
)
def test_a_neutral_path_has_ollamas_name(neutral: str, own: str) -> None:
    assert path_of(neutral) == own
