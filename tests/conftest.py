"""How Hypothesis runs here."""

import os

from hypothesis import HealthCheck, settings

IS_NIGHTLY = "NARROWGATE_NIGHTLY" in os.environ
# No deadline: a busy machine is not a failed law. In CI the same inputs every time, so that a
# failure belongs to the change it stands beside; elsewhere new ones, so that new bugs are found.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.register_profile(
    "nightly",
    settings.get_profile("house"),
    derandomize=False,
    max_examples=5_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("nightly" if IS_NIGHTLY else "house")
