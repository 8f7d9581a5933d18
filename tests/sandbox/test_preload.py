"""What is needed later is there before."""

import sys

from narrowgate.sandbox.preload import preload


def test_modules_that_are_imported_late_are_there() -> None:
    preload(["colorsys"])
    assert {"encodings.idna", "stringprep", "concurrent.futures.thread", "traceback", "colorsys"} <= set(sys.modules)
