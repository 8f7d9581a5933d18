import msgspec
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.adapters.store.rows import Filter, key_of, record_of, settings_of, usage_row, where_of
from narrowgate.identity.keys import BudgetWindow, VirtualKey
from narrowgate.model.record import CallRecord
from narrowgate.model.usage import Usage

NUMBERS = st.integers(min_value=0, max_value=(1 << 63) - 1)
USAGES = st.builds(Usage, *[NUMBERS] * 9)
RECORDS = st.builds(
    CallRecord,
    *[st.text(), NUMBERS, *[st.text()] * 5, st.booleans(), NUMBERS, st.text()],
    *[st.none() | USAGES, st.none() | NUMBERS, st.booleans(), *[NUMBERS] * 6, st.text()],
)
NAMES = st.lists(st.text(), max_size=3).map(tuple)
KEYS = st.builds(
    VirtualKey,
    id=st.text(),
    row=NUMBERS,
    name=st.text(),
    digest=st.text(),
    hint=st.text(),
    created_at_s=NUMBERS,
    is_enabled=st.booleans(),
    expires_at_s=st.none() | NUMBERS,
    models=NAMES,
    providers=NAMES,
    budget_usd_e9=st.none() | NUMBERS,
    budget_window=st.sampled_from(BudgetWindow),
    rpm=st.none() | NUMBERS,
)


@given(RECORDS)
def test_a_record_is_its_row_read_back(record: CallRecord) -> None:
    assert record_of(tuple(int(v) if isinstance(v, bool) else v for v in usage_row(record))) == record


@given(KEYS)
def test_a_key_is_its_row_read_back(key: VirtualKey) -> None:
    name, *others = settings_of(key)
    assert key_of((key.row, key.id, name, key.digest, key.hint, key.created_at_s, *others)) == key


def test_a_filter_never_becomes_part_of_the_statement() -> None:
    wanted = Filter(key_id="' OR 1", model="m", provider="p", call_id="c", before=(1, "x"), is_failed=True, status=200)
    where, values = where_of(msgspec.structs.replace(wanted, since_ms=1, until_ms=2))
    assert where.count("?") == len(values) == 10
    assert "OR 1" not in where
    assert where_of(Filter()) == ("", ())
