from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.usage import Usage
from narrowgate.providers.openai_responses.usage import normal
from narrowgate.schemas.openai_responses import InputDetails, OutputDetails
from narrowgate.schemas.openai_responses import Usage as Told

COUNTS = st.none() | st.integers(-5, 10_000).map(float)


def test_what_is_cached_and_reasoned_is_inside_the_totals() -> None:
    told = Told(100, 50, 150, InputDetails(30, 20), OutputDetails(40))
    expected = Usage(input_text=50, cache_read=30, cache_write=20, output_text=10, reasoning=40)
    assert normal(told) == expected


def test_reasoning_beside_the_output_shows_in_the_total() -> None:
    told = Told(10, 5, 45, None, OutputDetails(30))
    assert normal(told) == Usage(input_text=10, output_text=5, reasoning=30)


def test_details_larger_than_their_total_are_cut() -> None:
    told = Told(23, 5, 28, InputDetails(190), OutputDetails(9))
    assert normal(told) == Usage(cache_read=23, reasoning=5)


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_totals_are_kept_and_nothing_is_negative(
    given_: float | None, made: float | None, cached: float | None, written: float | None, audio: float | None
) -> None:
    told = Told(given_, made, None, InputDetails(cached, written, audio), OutputDetails(None, audio))
    usage = normal(told)
    assert usage.input_total == max(given_ or 0, 0)
    assert usage.output_total == max(made or 0, 0)
    assert min(usage.input_text, usage.cache_read, usage.cache_write, usage.output_text, usage.output_audio) >= 0
