"""How many examples a law is tried with: few at each change, many at night (`NARROWGATE_LAWS=nightly`)."""

import os

from hypothesis import HealthCheck, settings

IS_NIGHTLY = os.environ.get("NARROWGATE_LAWS") == "nightly"
# Every example goes through all forms, or all pairs of them: that makes it large, not wasteful.
law = settings(max_examples=5_000 if IS_NIGHTLY else 30, suppress_health_check=[HealthCheck.too_slow])
