"""How Hypothesis runs here."""

import os

from hypothesis import settings

# No deadline: a busy machine is not a failed law. In CI the same inputs every time, so that a
# failure belongs to the change it stands beside; elsewhere new ones, so that new bugs are found.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("house")
