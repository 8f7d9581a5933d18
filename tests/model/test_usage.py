from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.record import DECODER, ENCODER, CallRecord
from narrowgate.model.usage import Usage

COUNTS = st.integers(min_value=0, max_value=10**9)


@given(st.builds(Usage, *[COUNTS] * 9))
def test_totals_hold_every_token_once(usage: Usage) -> None:
    counts = [getattr(usage, name) for name in usage.__struct_fields__]
    assert usage.input_total + usage.output_total == sum(counts)


@given(st.one_of(st.none(), st.builds(Usage, *[COUNTS] * 9)), st.text(max_size=30))
def test_a_record_survives_its_line(usage: Usage | None, model: str) -> None:
    record = CallRecord(
        "c", 1, "k", "chat", "p", model, "m", True, 200, "", usage, None, False, 1, 2, 3, 1, 4, 5, "::1"
    )
    line = ENCODER.encode(record)
    assert b"\n" not in line
    assert DECODER.decode(line) == record
