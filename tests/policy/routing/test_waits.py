import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.policy.routing.waits import asked_wait_ms

NOW = 1_792_562_800_000  # 2026-10-21T06:06:40Z


@pytest.mark.parametrize(
    ("fields", "wait"),
    [
        ({}, None),
        ({b"retry-after": b"2"}, 2_000),
        ({b"retry-after": b" 0.5 "}, 500),
        ({b"retry-after": b"2", b"retry-after-ms": b"1500"}, 1_500),
        ({b"retry-after": b"Wed, 21 Oct 2026 06:07:00 GMT"}, 20_000),
        ({b"retry-after": b"Wed, 21 Oct 2026 06:06:00 GMT"}, 0),
        ({b"retry-after": b"soon"}, None),
        ({b"retry-after": b"-3"}, None),
        ({b"x-ratelimit-remaining-requests": b"0", b"x-ratelimit-reset-requests": b"1m3.5s"}, 63_500),
        ({b"x-ratelimit-remaining-requests": b"7", b"x-ratelimit-reset-requests": b"1m3.5s"}, None),
        ({b"x-ratelimit-remaining-tokens": b"0", b"x-ratelimit-reset-tokens": b"120ms"}, 120),
        ({b"x-ratelimit-remaining-tokens": b"0", b"x-ratelimit-reset-tokens": b"7.66"}, 7_660),
        ({b"x-ratelimit-remaining": b"0", b"x-ratelimit-reset": b"1792562830000"}, 30_000),
        ({b"x-ratelimit-remaining": b"0", b"x-ratelimit-reset": b"1792562810"}, 10_000),
        (
            {
                b"anthropic-ratelimit-requests-remaining": b"0",
                b"anthropic-ratelimit-requests-reset": b"2026-10-21T06:06:45Z",
                b"anthropic-ratelimit-tokens-remaining": b"0",
                b"anthropic-ratelimit-tokens-reset": b"2026-10-21T08:06:50+02:00",
            },
            10_000,
        ),
        ({b"x-ratelimit-remaining": b"0", b"x-ratelimit-reset": b"whenever"}, None),
        ({b"x-ratelimit-remaining": b"0", b"x-ratelimit-reset": b""}, None),
    ],
)
def test_a_wait_is_read_in_every_spelling(fields: dict[bytes, bytes], wait: int | None) -> None:
    assert asked_wait_ms(fields, NOW) == wait


@given(st.sampled_from([b"retry-after", b"retry-after-ms", b"x-ratelimit-reset"]), st.binary(max_size=40))
def test_nothing_a_provider_sends_makes_it_fail(name: bytes, value: bytes) -> None:
    wait = asked_wait_ms({name: value, b"x-ratelimit-remaining": b"0"}, NOW)
    assert wait is None or wait >= 0
