"""Compile a module so that the same source always gives the same bytes."""

import marshal

# Later versions note which objects are shared, and that depends on what else this process has done.
_VERSION = 2


def compiled(source: bytes, name: str) -> bytes:
    """Return a module's code; tracebacks name it `/sealed/NAME`, a place that does not exist."""
    return marshal.dumps(compile(source, f"/sealed/{name}", "exec", dont_inherit=True), _VERSION)
