"""Every token is counted once."""

from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.usage import Usage
from narrowgate.providers.gemini_generate.usage import count, usage_of
from narrowgate.schemas.gemini_generate import ModalityCount, UsageMetadata

COUNTS = st.none() | st.integers(-5, 5_000) | st.floats(0, 100)
DETAILS = st.none() | st.lists(st.builds(ModalityCount, st.sampled_from(["TEXT", "AUDIO", "IMAGE", 3, None]), COUNTS))


def test_cached_tokens_are_in_the_prompt_and_thoughts_beside() -> None:
    found = UsageMetadata(
        prompt_token_count=100,
        candidates_token_count=20,
        cached_content_token_count=60,
        thoughts_token_count=7,
        tool_use_prompt_token_count=5,
        prompt_tokens_details=[ModalityCount("TEXT", 70), ModalityCount("AUDIO", 20), ModalityCount(2, 10)],
        cache_tokens_details=[ModalityCount("AUDIO", 15), ModalityCount("TEXT", 45)],
        candidates_tokens_details=[ModalityCount("IMAGE", 12)],
    )
    assert usage_of(found) == Usage(30, 60, 0, 5, 10, 8, 7, 0, 12)


def test_nothing_is_known_without_the_prompts_count() -> None:
    assert usage_of(UsageMetadata(thoughts_token_count=3)) is None


@given(
    st.builds(UsageMetadata, st.integers(0, 5_000), COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, DETAILS, DETAILS, DETAILS)
)
def test_no_count_is_negative_and_the_totals_are_googles(found: UsageMetadata) -> None:
    usage = usage_of(found)
    assert usage is not None
    assert all(getattr(usage, name) >= 0 for name in usage.__struct_fields__)
    assert usage.input_total == count(found.prompt_token_count) + count(found.tool_use_prompt_token_count)
    assert usage.output_total == count(found.candidates_token_count) + count(found.thoughts_token_count)
