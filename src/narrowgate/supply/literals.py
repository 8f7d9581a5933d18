"""What text inside of code gives away: code in code, places of credentials, places to persist.

Nothing is run. Text is decoded (base64, hexadecimal, base85) and unpacked (zlib, bzip2, LZMA) within
bounds, and looked at again.
"""

import ast
import base64
import binascii
import bz2
import lzma
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator

import msgspec

_SHORTEST_CODE = 48
_LONGEST_PLAIN = 4_000_000
_LAYERS = 4
_BLOB = re.compile(r"[A-Za-z0-9+/_=\s-]+")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}|\s)+")
_BASE85 = re.compile(r"[!-~]+")
_PROGRAMS = {b"\x7fELF": "ELF program", b"MZ": "Windows program", b"PK\x03\x04": "zip archive"}
# What code that was worth encoding does: enough to tell it from text that happens to parse, as most words do.
_DOES_SOMETHING = re.compile(r"\b(?:import|exec|eval|compile|__import__|open|lambda|def|getattr)\b")
_LONG_BLOB = 1_000
_RANDOM_BITS = 4.3
_SAMPLE = 20_000

# Kind of credential: how its place is written. `(?<![\w.])` and the like keep `my.netrc_parser` out.
_CREDENTIALS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("SSH keys", r"\.ssh(?:[/\\]|$)|\bid_(?:rsa|dsa|ecdsa|ed25519)\b"),
        ("AWS credentials", r"\.aws[/\\]credentials|\.aws[/\\]config|^\.aws$"),
        ("instance metadata", r"169\.254\.169\.254|169\.254\.170\.2|metadata\.google\.internal|fd00:ec2::254"),
        ("Google credentials", r"application_default_credentials\.json|\.config[/\\]gcloud|credentials\.db$"),
        ("Azure credentials", r"\.azure[/\\]|^\.azure$"),
        ("Kubernetes token", r"/var/run/secrets/kubernetes|\.kube[/\\]config|^\.kube$"),
        ("Docker credentials", r"\.docker[/\\]config\.json|^\.dockercfg$"),
        ("Git credentials", r"\.git-credentials|\.gitconfig"),
        ("package registry tokens", r"\.pypirc|\.npmrc"),
        ("passwords for hosts", r"(?<!\w)[._]netrc\b|\.pgpass|\.my\.cnf"),
        ("shell history", r"\.(?:bash|zsh|python|node_repl|mysql|psql)_history"),
        (
            "wallets",
            r"wallet\.dat|\.bitcoin\b|\.ethereum\b|\.electrum\b|\.config[/\\]solana|[Mm]eta[Mm]ask|nkbihfbeogaeaoehlefnkodbefgpgknn",
        ),
        ("browser secrets", r"Login Data$|\bLocal State$|cookies\.sqlite|logins\.json|key4\.db"),
        ("system passwords", r"/etc/shadow|/etc/gshadow|/etc/sudoers"),
        ("other processes", r"/proc/(?:self|\*|\d+|%[ds]|\{\w*\})/(?:environ|mem|maps)\b"),
        ("token of the process", r"ACTIONS_ID_TOKEN_REQUEST|/var/run/docker\.sock|Runner\.Worker"),
    )
)
# Most texts name none: one search says so.
_ANY_CREDENTIAL = re.compile("|".join(pattern.pattern for _, pattern in _CREDENTIALS))
_PERSISTENCE = re.compile(
    r"systemd/(?:user|system)|/etc/cron|\bcrontab\b|/etc/rc\.local|/etc/init\.d|LaunchAgents|LaunchDaemons"
    r"|\.bashrc|\.zshrc|\.bash_profile|\.config/autostart|authorized_keys|CurrentVersion\\\\?Run"
    r"|\b(?:site|user)customize\b|/etc/ld\.so\.preload"
)


_ANY_PLACE = re.compile(f"{_ANY_CREDENTIAL.pattern}|{_PERSISTENCE.pattern}")


class Hidden(msgspec.Struct, frozen=True):
    """What came out of a text. `code` is Python source; `holds` names anything else; `layers` how it was wrapped."""

    layers: tuple[str, ...]
    code: str = ""
    holds: str = ""


def is_worth_reading(text: str) -> bool:
    """Whether there is anything to find in a text; most are short and say nothing, and this is quickly told."""
    return len(text) >= _SHORTEST_CODE or _ANY_PLACE.search(text) is not None


def credentials_in(text: str) -> Iterator[str]:
    """Yield the kinds of credentials whose usual place a text names."""
    if _ANY_CREDENTIAL.search(text) is None:
        return
    for kind, pattern in _CREDENTIALS:
        if pattern.search(text):
            yield kind


def persistence_in(text: str) -> str:
    """Return the place in a text from which systems start programs by themselves; empty when there is none."""
    found = _PERSISTENCE.search(text)
    return found[0] if found else ""


def is_long_blob(text: str) -> bool:
    """Whether a text is long, of one piece and close to random: encoded data of whatever kind."""
    if len(text) < _LONG_BLOB or not _BASE85.fullmatch(text[:_SAMPLE].replace("\n", "")):
        return False
    return entropy(text[:_SAMPLE]) >= _RANDOM_BITS


def entropy(text: str) -> float:
    """Return how many bits of chance there are in a letter of a text; prose has about 4, base64 close to 6."""
    counts = Counter(text)
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in counts.values()) if total else 0.0


def unwrap(text: str) -> Hidden | None:
    """Return what is encoded in a text when that is code or a program, and None for anything else."""
    for name, plain in _decoded(text.strip()):
        found = _unwrap(plain, (name,), is_text=False)
        if found is not None:
            return found
    return None


def as_code(text: str) -> ast.Module | None:
    """Return the tree of a text that is Python which does something, else None."""
    if not _DOES_SOMETHING.search(text):
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    # A single name or literal parses too.
    acts = (ast.Import, ast.ImportFrom, ast.Call)
    return tree if any(isinstance(node, acts) for node in ast.walk(tree)) else None


def _unwrap(data: bytes, layers: tuple[str, ...], *, is_text: bool) -> Hidden | None:
    if len(layers) > _LAYERS:
        return None
    program = next((name for magic, name in _PROGRAMS.items() if data.startswith(magic)), "")
    if program and len(data) > _SHORTEST_CODE:
        return Hidden(layers, holds=program)
    code = _printable(data)
    if code is not None and as_code(code) is not None:
        return Hidden(layers, code=code)
    if _is_marshalled(data):
        return Hidden(layers, holds="compiled Python")
    if not is_text and (packed := _unpacked(data)) is not None:
        name, plain = packed
        return _unwrap(plain, (*layers, name), is_text=False) or _unwrap(plain, (*layers, name), is_text=True)
    text = _printable(data)
    if text is None:
        return None
    for name, plain in _decoded(text.strip()):
        found = _unwrap(plain, (*layers, name), is_text=False)
        if found is not None:
            return found
    return None


def _is_marshalled(data: bytes) -> bool:
    """Whether data begins like a code object of any Python 3: its letter, then three counts of arguments, all small."""
    if len(data) < 64 or data[0] & 0x7F != ord("c"):
        return False
    counts = struct.unpack_from("<III", data, 1)
    return all(count < 64 for count in counts)


def _decoded(text: str) -> Iterator[tuple[str, bytes]]:
    if len(text) < _SHORTEST_CODE or len(text) > _LONGEST_PLAIN:
        return
    if _HEX.fullmatch(text):
        yield "hexadecimal", bytes.fromhex("".join(text.split())) if len("".join(text.split())) % 2 == 0 else b""
        return
    if _BLOB.fullmatch(text):
        compact = "".join(text.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
        if len(compact) % 4 != 1:
            try:
                yield "base64", base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
                # Turned around is a favourite, and cheap to undo.
                yield "base64 backwards", base64.b64decode(compact[::-1] + "=" * (-len(compact) % 4), validate=True)
            except (binascii.Error, ValueError):
                return
    elif _BASE85.fullmatch(text):
        for name, decode in (("base85", base64.b85decode), ("ASCII85", base64.a85decode)):
            try:
                yield name, decode(text)
            except ValueError:
                continue


def _unpacked(data: bytes) -> tuple[str, bytes] | None:
    """Return compressed data in plain, not more than a bound, with the name of how it was packed."""
    try:
        if data[:1] == b"\x78" and len(data) > 8:
            return "zlib", zlib.decompressobj().decompress(data, _LONGEST_PLAIN)
        if data[:2] == b"\x1f\x8b":
            return "gzip", zlib.decompressobj(31).decompress(data, _LONGEST_PLAIN)
        if data[:3] == b"BZh":
            return "bzip2", bz2.BZ2Decompressor().decompress(data, _LONGEST_PLAIN)
        if data[:6] == b"\xfd7zXZ\0" or data[:3] == b"\x5d\0\0":
            return "LZMA", lzma.LZMADecompressor(memlimit=100_000_000).decompress(data, _LONGEST_PLAIN)
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
        return None
    return None


def _printable(data: bytes) -> str | None:
    try:
        text = data[:_LONGEST_PLAIN].decode()
    except UnicodeDecodeError:
        return None
    sample = text[:2_000]
    return text if all(letter.isprintable() or letter in "\n\r\t\f" for letter in sample) else None
