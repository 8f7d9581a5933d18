"""What the tests of `supply` are made of: ELF files, wheels, environments, inventories."""

import base64
import hashlib
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from narrowgate.supply.distribution import Distribution, Form, Inventory, Wish
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.python_scan import scan_python


def found(source: str) -> list[Finding]:
    """Return what a module's source shows."""
    return [finding for _, finding in scan_python("m.py", source.encode(), "m").uses]


def reached(source: str) -> set[tuple[Reach, str]]:
    """Return kinds and evidence of a module's source."""
    return {(finding.reach, finding.what) for finding in found(source)}


def alarms(source: str) -> list[str]:
    """Return the evidence in a module's source that raises an alarm."""
    return [finding.what for finding in found(source) if finding.weight is Weight.ALARM]


def elf(imports: Sequence[str], needed: Sequence[str] = (), *, bits: int = 64, order: str = "<") -> bytes:
    """Return a shared object without sections: two segments, strings, symbols, their hash table, the dynamic table."""
    word, head = ("Q", 64) if bits == 64 else ("I", 52)
    segment = 56 if bits == 64 else 32
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in (*imports, *needed))
    places = {name: strings.index(b"\0" + name.encode() + b"\0") + 1 for name in (*imports, *needed)}
    shape = order + ("IBBHQQ" if bits == 64 else "IIIBBH")
    rows = [(0, 0, 0, 0, 0, 0)]
    rows += [(places[name], 0, 0, 0, 0, 0) for name in imports]
    symbols = b"".join(struct.pack(shape, *row) for row in rows)
    hashes = struct.pack(order + "II", 1, len(rows)) + b"\0" * 4 * (1 + len(rows))
    at = head + 2 * segment
    strings_at, symbols_at = at, at + len(strings)
    hashes_at = symbols_at + len(symbols)
    dynamic_at = hashes_at + len(hashes)
    tags = [(1, places[name]) for name in needed]
    tags += [(5, strings_at), (6, symbols_at), (10, len(strings)), (4, hashes_at), (0, 0)]
    dynamic = b"".join(struct.pack(order + word * 2, *tag) for tag in tags)
    total = dynamic_at + len(dynamic)
    start = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1 if order == "<" else 2, 1]) + b"\0" * 9
    start += struct.pack(order + "HHI" + word * 3 + "IHHHHHH", 3, 62, 1, 0, head, 0, 0, head, segment, 2, 0, 0, 0)
    if bits == 64:
        segments = struct.pack(order + "IIQQQQQQ", 1, 4, 0, 0, 0, total, total, 4096)
        segments += struct.pack(order + "IIQQQQQQ", 2, 4, dynamic_at, dynamic_at, 0, len(dynamic), len(dynamic), 8)
    else:
        segments = struct.pack(order + "IIIIIIII", 1, 0, 0, 0, total, total, 4, 4096)
        segments += struct.pack(order + "IIIIIIII", 2, dynamic_at, dynamic_at, 0, len(dynamic), len(dynamic), 4, 4)
    return start + segments + strings + symbols + hashes + dynamic


def record_of(files: Mapping[str, bytes], info: str) -> str:
    """Return the RECORD of files."""
    lines = []
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{info}/RECORD,,", ""])


def packed(name: str, version: str, files: Mapping[str, str | bytes], requires: Sequence[str] = ()) -> dict[str, bytes]:
    """Return all files of a distribution, with its metadata and RECORD."""
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT"]
    metadata += [f"Requires-Dist: {line}" for line in requires]
    every = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    every[f"{info}/METADATA"] = "\n".join([*metadata, "", ""]).encode()
    return {**every, f"{info}/RECORD": record_of(every, info).encode()}


def wheel(
    folder: Path, name: str, version: str, files: Mapping[str, str | bytes], requires: Sequence[str] = ()
) -> Path:
    """Write a wheel."""
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, data in packed(name, version, files, requires).items():
            archive.writestr(path, data)
    return file


def environment(folder: Path) -> Path:
    """Make an empty environment; return its site-packages."""
    site = folder / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    return site


def install(
    site: Path, name: str, version: str, files: Mapping[str, str | bytes], requires: Sequence[str] = ()
) -> None:
    """Install a distribution into a site-packages."""
    for path, data in packed(name, version, files, requires).items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)


def distribution(name: str, *findings: Finding, version: str = "1.0", wishes: tuple[Wish, ...] = ()) -> Distribution:
    """Return an installed distribution with findings."""
    return Distribution(name, version, Form.INSTALLED, findings, wishes)


def inventory(*distributions: Distribution) -> Inventory:
    """Return an inventory of distributions."""
    return Inventory("here", "3.12", distributions)


def silent(done: int, total: int, name: str) -> None:
    """Hear how far things are, and say nothing."""
