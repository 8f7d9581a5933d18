import pytest

from narrowgate.control.queries import FILTERS, Query
from narrowgate.model.fault import Failed


def test_a_query_becomes_a_filter() -> None:
    wanted = Query("key=k&since=5&until=6&failed=1&cursor=7.c.1", FILTERS | {"cursor"}).filter()
    assert (wanted.key_id, wanted.since_ms, wanted.until_ms) == ("k", 5_000, 6_000)
    assert (wanted.is_failed, wanted.before) == (True, (7, "c.1"))


@pytest.mark.parametrize(
    ("text", "param"), [("a=1", "a"), ("key=1&key=2", "key"), ("since=-1", "since"), ("failed=no", "failed")]
)
def test_what_cannot_be_used_is_named(text: str, param: str) -> None:
    with pytest.raises(Failed) as caught:
        Query(text, FILTERS).filter()
    assert caught.value.fault.param == param
