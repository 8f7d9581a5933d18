import pytest

from narrowgate.dialects.cohere_chat.paths import path_of


@pytest.mark.parametrize(
    ("neutral", "own"),
    [
        ("sampling.top_k", "k"),
        ("sampling.seed", "seed"),
        ("reasoning", "thinking"),
        ("max_output_tokens", "max_tokens"),
        ("messages[3].parts[0]", "messages[3].content[0]"),
        ("extensions.safety_mode", "safety_mode"),
        ("tools[2]", "tools[2]"),
    ],
)
def test_a_neutral_path_has_coheres_name(neutral: str, own: str) -> None:
    assert path_of(neutral) == own
