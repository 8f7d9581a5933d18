"""How many examples a law is tried with: few at each change, many at night (`./ng test --nightly`)."""

from hypothesis import HealthCheck, settings

from tests.conftest import IS_NIGHTLY

# Every example goes through all forms, or all pairs of them: that makes it large, not wasteful.
law = settings(max_examples=5_000 if IS_NIGHTLY else 30, suppress_health_check=[HealthCheck.too_slow])
