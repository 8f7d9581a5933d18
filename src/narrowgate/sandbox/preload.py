"""Modules that others import in the middle of their work, loaded before files are out of reach."""

import importlib
from collections.abc import Iterable

_FOR_ALL = ("encodings.ascii", "encodings.latin_1", "encodings.idna", "linecache", "traceback", "stringprep")
_FOR_THREADS = ("concurrent.futures.thread", "queue")


def preload(more: Iterable[str] = ()) -> None:
    """Import them, and `more`: names are encoded, faults shown and threads started without a file being opened."""
    for name in (*_FOR_ALL, *_FOR_THREADS, *more):
        importlib.import_module(name)
