"""A small sealed file for tests: a program of three modules and a data file."""

import marshal
import sys
from pathlib import Path

from narrowgate.sealed.archive import lay_out, python_prologue
from narrowgate.sealed.keys import SigningKey, write_new_key

TAG = sys.implementation.cache_tag or ""
# The boot code starts `narrowgate.cli`; this one says what it can reach.
PROGRAM = """
import sys
def main():
    import narrowgate.inner
    from importlib.resources import files
    from importlib import metadata
    print(narrowgate.inner.WORD, files("narrowgate").joinpath("data.txt").read_text(), metadata.version("thing"))
    print(sys.path, sys.argv[1:], "site" in sys.modules)
    for name in sys.argv[1:]:
        __import__(name)
    return 3
"""
SOURCES = {"narrowgate/__init__.py": "", "narrowgate/cli.py": PROGRAM, "narrowgate/inner.py": "WORD = 'inner'"}


def new_key(folder: Path, name: str = "key.pem") -> SigningKey:
    return write_new_key(folder / name)


def small_file(key: SigningKey) -> bytes:
    files = {f"{name}c": marshal.dumps(compile(text, name, "exec")) for name, text in SOURCES.items()}
    files["narrowgate/data.txt"] = b"data"
    files["thing-1.2.dist-info/METADATA"] = b"Metadata-Version: 2.1\nName: thing\nVersion: 1.2\n"
    return lay_out(python_prologue("0", TAG), files, key.public, key.sign, TAG)


def written(folder: Path, data: bytes, name: str = "sealed") -> Path:
    path = folder / name
    path.write_bytes(data)
    path.chmod(0o755)
    return path
