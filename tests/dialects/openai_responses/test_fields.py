import pytest

from narrowgate.dialects.openai_responses.fields import field


@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("sampling.temperature", "temperature"),
        ("sampling.has_logprobs", "include"),
        ("format", "text.format"),
        ("is_parallel", "parallel_tool_calls"),
        ("hints.cache_key", "prompt_cache_key"),
        ("hints.metadata", "metadata"),
        ("messages[3].parts[0]", "input"),
        ("tools[2]", "tools[2]"),
        ("tool_choice", "tool_choice"),
        ("extensions.max_tool_calls", "max_tool_calls"),
        ("extensions.reasoning.mode", "reasoning.mode"),
    ],
)
def test_neutral_paths_have_the_names_of_this_dialect(what: str, path: str) -> None:
    assert field(what) == path
