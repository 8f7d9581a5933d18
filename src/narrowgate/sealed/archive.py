"""Lay out a sealed file: prologue, signed manifest, zip. The same files give the same bytes.

Nothing is compressed: what a compressor writes differs from one version to the next.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from narrowgate.sealed import boot, ed25519
from narrowgate.sealed.boot import BOOT, COMMENT_BYTES, FORMAT
from narrowgate.sealed.code import compiled

_EPOCH = (1980, 1, 1, 0, 0, 0)
_DIGEST_LETTERS = 64
_SIGNATURE_BYTES = 64
_OFFSET_DIGITS = 12
_SIZE_DIGITS = 8

PYTHON_PROLOGUE = """\
#!/bin/sh
# Narrowgate {version}, sealed. Needs {python} and nothing else; checks itself before it runs.
unset LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT OPENSSL_CONF OPENSSL_MODULES SSLKEYLOGFILE GCONV_PATH GLIBC_TUNABLES
for python in /usr/bin/{python} /usr/local/bin/{python} {python} python3; do
  if command -v "$python" >/dev/null 2>&1; then exec "$python" -I -S -E -P -B "$0" "$@"; fi
done
echo "narrowgate: {python} is needed and not there; on Debian: apt install {python}" >&2
exit 78
"""


def python_prologue(version: str, tag: str) -> bytes:
    """Return the beginning of a file that a stock interpreter runs; `tag` is such as cpython-311."""
    digits = tag.rpartition("-")[2]
    text = PYTHON_PROLOGUE.format(version=version, python=f"python{digits[0]}.{digits[1:]}")
    return text.encode()


def boot_source(public_key: bytes) -> bytes:
    """Return the source of the boot code for files signed by `public_key`: one module of its two."""
    own = Path(boot.__file__).read_text(encoding="utf-8")
    checker = Path(ed25519.__file__).read_text(encoding="utf-8")
    line = next(line for line in own.splitlines() if line.startswith("from narrowgate.sealed.ed25519"))
    own = own.replace(line + "\n", "").replace('\nKEY = b""\n', f"\nKEY = {public_key!r}\n")
    return f"{checker}\n{own}".encode()


def boot_code(public_key: bytes) -> bytes:
    """Return the boot code, compiled."""
    return compiled(boot_source(public_key), "narrowgate_boot.py")


def lay_out(
    prologue: bytes, files: Mapping[str, bytes], public_key: bytes, sign: Callable[[bytes], bytes], tag: str
) -> bytes:
    """Return a sealed file that holds `files` (name to bytes) and the boot code; `sign` makes 64 bytes."""
    files = {**files, "__main__.py": _main(), BOOT: boot_code(public_key)}
    packed = _zipped(files)
    places = {info.filename: _start_of(packed, info) for info in zipfile.ZipFile(io.BytesIO(packed)).infolist()}
    length = _manifest_bytes(files, tag)
    offset = len(prologue)
    shift = offset + length + _SIGNATURE_BYTES
    packed = packed[:-COMMENT_BYTES] + f"{FORMAT} {offset:0{_OFFSET_DIGITS}d} {length:0{_SIZE_DIGITS}d}".encode()
    frame, at = hashlib.sha256(prologue), 0
    for name in sorted(files, key=places.__getitem__):
        frame.update(packed[at : places[name]])
        at = places[name] + len(files[name])
    frame.update(packed[at:])
    lines = [f"{FORMAT} {tag}", frame.hexdigest()]
    lines += [_line(name, files[name], places[name] + shift) for name in sorted(files)]
    manifest = ("\n".join(lines) + "\n").encode()
    assert len(manifest) == length
    return b"".join((prologue, manifest, sign(manifest), packed))


def _main() -> bytes:
    """Return what an interpreter that is given the file runs first: the boot code beside it."""
    return (
        b"import sys,zipimport\n"
        b"exec(__import__('marshal').loads(zipimport.zipimporter(sys.argv[0]).get_data('%b')))\n" % BOOT.encode()
    )


def _line(name: str, data: bytes, offset: int) -> str:
    return f"{hashlib.sha256(data).hexdigest()} {offset:0{_OFFSET_DIGITS}d} {len(data)} {name}"


def _manifest_bytes(files: Mapping[str, bytes], tag: str) -> int:
    heads = len(FORMAT) + 1 + len(tag) + 1 + _DIGEST_LETTERS + 1
    return heads + sum(len(_line(name, data, 0).encode()) + 1 for name, data in files.items())


def _zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o444 << 16
            info.create_system = 3  # Unix, whatever this is
            packed.writestr(info, files[name])
        packed.comment = b" " * COMMENT_BYTES
    return target.getvalue()


def _start_of(packed: bytes, info: zipfile.ZipInfo) -> int:
    """Return where a file's bytes begin, behind its local header (30 bytes, a name, an extra field)."""
    at = info.header_offset
    name, extra = (int.from_bytes(packed[at + where : at + where + 2], "little") for where in (26, 28))
    return at + 30 + name + extra
