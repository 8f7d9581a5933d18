"""Releases and files that are not what was locked and signed, and what notices them."""

import base64
import hashlib
import importlib.util
import io
import marshal
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from narrowgate.sealed.contents import CannotSeal, wheel_files
from narrowgate.sealed.examine import examine_file
from narrowgate.sealed.keys import SigningKey
from tests.e2e.gateway import SOURCE
from tests.replay.forms import install, sealed_file
from tests.replay.trap import Trap

ROOT = SOURCE.parent


def honest_file(*, is_whole: bool = False) -> tuple[bytes, SigningKey]:
    """Return a sealed file of what is here, and the key that signed it."""
    return sealed_file({}, is_whole=is_whole)


# -- releases and files that are not what was signed ---------------------------------------------------------


def releases(trap: Trap) -> dict[str, str]:
    """Try each; return what stopped it, and nothing where nothing did."""
    folder = trap.folder / "releases"
    folder.mkdir()
    return {name: step(folder / str(at), trap) for at, (name, step) in enumerate(_RELEASES.items())}


def _new_release(folder: Path, trap: Trap) -> str:
    return _pip(folder, trap, "0.99.0")


def _same_version(folder: Path, trap: Trap) -> str:
    return _pip(folder, trap, _locked_version())


def _pip(folder: Path, trap: Trap, version: str) -> str:
    """Let pip install from an index that has an evil release, with the lock."""
    folder.mkdir()
    mark = trap.marks / f"pip-{version}"
    (folder / f"httptools-{version}-py3-none-any.whl").write_bytes(evil_wheel(version, mark))
    lock = folder / "lock"
    lock.write_text(_locked("httptools"), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--require-hashes", "--no-cache-dir"]
    command += [
        "--disable-pip-version-check",
        "--find-links",
        str(folder),
        "--target",
        str(folder / "t"),
        "-r",
        str(lock),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
    assert "No module named pip" not in done.stderr
    if done.returncode == 0 or (folder / "t").exists() or mark.exists():
        return ""
    return "pip: no such hash in the lock" if "HASHES" in done.stderr else "pip: not the version in the lock"


def without_lock(trap: Trap) -> dict[str, str]:
    """Install the same releases as is often done, by name or name and version; return which ran."""
    found = {}
    for at, (name, version, wanted) in enumerate(
        (
            ("a new release with a .pth file", "0.99.0", "httptools>=0.6"),
            ("the same version with other bytes", _locked_version(), f"httptools=={_locked_version()}"),
        )
    ):
        folder = trap.folder / f"without-lock-{at}"
        folder.mkdir()
        mark = trap.marks / f"without-lock-{at}"
        (folder / f"httptools-{version}-py3-none-any.whl").write_bytes(evil_wheel(version, mark))
        command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-cache-dir", "-q"]
        command += ["--disable-pip-version-check", "--find-links", str(folder), "--target", str(folder / "t"), wanted]
        subprocess.run(command, capture_output=True, check=True, env={"PATH": os.environ["PATH"]})
        start = "import site, sys; site.addsitedir(sys.argv[1])"  # what every start does with site-packages
        subprocess.run([sys.executable, "-c", start, str(folder / "t")], check=True, env={})
        found[name] = "installed, and ran at the next start" if mark.exists() else ""
    return found


def _altered_wheel(folder: Path, trap: Trap) -> str:
    folder.mkdir()
    data = evil_wheel(_locked_version(), trap.marks / "wheel")
    (folder / f"httptools-{_locked_version()}-py3-none-any.whl").write_bytes(data)
    try:
        wheel_files(folder, _locked("httptools"))
    except CannotSeal as refused:
        return f"seal: {str(refused).partition(' has ')[2] or refused}"
    return ""


def _altered_installation(folder: Path, trap: Trap) -> str:
    python, site = install(folder / "venv")
    for name in ("httptools", "msgspec", "uvloop"):
        (found,) = Path(str(importlib.util.find_spec(name).origin)).parents[1].glob(f"{name}-*.dist-info")  # type: ignore[union-attr] # installed
        shutil.copytree(found, site / found.name)
    (site / "evil.pth").write_text("import os\n")
    (site / "msgspec" / "structs.py").write_text("# altered\n")
    done = subprocess.run(
        [str(python), "-I", "-S", "-B", "-c", _VERIFY, str(site)], capture_output=True, text=True, check=False
    )
    found_both = "evil.pth' runs at every start" in done.stdout and "structs.py' differs" in done.stdout
    return "verify: both are named" if done.returncode == 1 and found_both else ""


_VERIFY = "import sys; sys.path.append(sys.argv.pop(1)); from narrowgate.cli import main; sys.exit(main(['verify']))"


def _byte_code(folder: Path, trap: Trap) -> str:
    """Put byte code of another source beside a module, with the marks of the right one."""
    python, site = install(folder / "venv")
    (found,) = Path(str(importlib.util.find_spec("uvloop").origin)).parents[1].glob("uvloop-*.dist-info")  # type: ignore[union-attr] # installed
    shutil.copytree(found, site / found.name)
    poison(site / "uvloop" / "_noop.py", trap.marks / "byte code")
    command = [str(python), "-I", "-S", "-B", "-c", _VERIFY, str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    is_named = done.returncode == 1 and "_noop.py' has byte code of another source" in done.stdout
    return "verify: it is named" if is_named and not (trap.marks / "byte code").exists() else ""


def poison(source: Path, mark: Path) -> None:
    """Give a module byte code that leaves a mark; the interpreter takes it for the source's."""
    status = source.stat()
    code = compile(f"{source.read_text(encoding='utf-8')}\nopen({str(mark)!r}, 'w').close()", str(source), "exec")
    cached = Path(importlib.util.cache_from_source(str(source)))
    cached.parent.mkdir(exist_ok=True)
    times = int(status.st_mtime).to_bytes(4, "little") + (status.st_size & 0xFFFF_FFFF).to_bytes(4, "little")
    cached.write_bytes(importlib.util.MAGIC_NUMBER + bytes(4) + times + marshal.dumps(code))


def _refused(data: bytes, folder: Path, mark: Path) -> str:
    folder.mkdir(exist_ok=True)
    file = folder / "gateway"
    file.write_bytes(data)
    command = [os.path.realpath(sys.executable), "-I", "-S", "-E", "-P", "-B", str(file), "version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    if done.returncode != 78 or mark.exists() or done.stdout:
        return ""
    return "boot: " + done.stderr.strip().partition("signed: ")[2].partition(";")[0]


def _after_signing(folder: Path, trap: Trap) -> str:
    data, _ = honest_file()
    at = (
        data.rindex(b"is the egress's")
        if b"is the egress's" in data
        else data.rindex(b"the egress process is not there")
    )
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    return _refused(changed, folder, trap.marks / "none")


def _added(folder: Path, trap: Trap) -> str:
    data, _ = honest_file()
    packed = io.BytesIO(data)
    with zipfile.ZipFile(packed, "a") as more:
        more.writestr("sitecustomize.py", f"open({str(trap.marks / 'added')!r}, 'w')")
    return _refused(packed.getvalue(), folder, trap.marks / "added")


def _other_key(folder: Path, trap: Trap) -> str:
    folder.mkdir()
    data, _ = honest_file()
    file = folder / "gateway"
    file.write_bytes(data)
    report = examine_file(file, SigningKey(Ed25519PrivateKey.generate()).public)
    return f"verify: {report.problems[0]}" if report.problems else ""


def _gains_network(folder: Path, trap: Trap) -> str:
    folder.mkdir()
    (folder / "httptools-0.99.0-py3-none-any.whl").write_bytes(evil_wheel("0.99.0", trap.marks / "gains"))
    command = [
        sys.executable,
        "-m",
        "narrowgate",
        "deps",
        "check",
        str(folder),
        "--policy",
        str(ROOT / "deps-policy.toml"),
    ]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    is_named = "network" in done.stdout.lower() or "socket" in done.stdout.lower()
    return "deps check: a breach of the policy" if done.returncode == 1 and is_named else ""


_RELEASES: Mapping[str, Callable[[Path, Trap], str]] = {
    "a new release with a .pth file": _new_release,
    "the same version with other bytes": _same_version,
    "the same, offered to the build": _altered_wheel,
    "a .pth file and altered code in an installation": _altered_installation,
    "poisoned byte code (.pyc)": _byte_code,
    "a build step alters a file after signing": _after_signing,
    "a build step adds a file after signing": _added,
    "a file signed by somebody else": _other_key,
    "an upgrade gains network access": _gains_network,
}


def _locked(name: str) -> str:
    """Return a distribution's part of the lock."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    start = text.index(f"{name}==")
    lines = text[start:].splitlines(keepends=True)
    return lines[0] + "".join(line for line in _while_hashes(lines[1:]))


def _while_hashes(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if not line.strip().startswith("--hash"):
            break
        kept.append(line)
    return kept


def _locked_version() -> str:
    return _locked("httptools").partition("==")[2].split()[0]


def evil_wheel(version: str, mark: Path) -> bytes:
    """Return a release of a dependency with a .pth file, and code at import that goes to the network."""
    code = f"open({str(mark)!r}, 'w').close()"
    files = {
        "httptools/__init__.py": f"import socket, subprocess\n{code}\nsocket.create_connection(('127.0.0.1', 9))\n",
        "httptools_init.pth": f"import os; {code}\n",
        f"httptools-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: httptools\nVersion: {version}\n",
        f"httptools-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    files[f"httptools-{version}.dist-info/RECORD"] = record + f"httptools-{version}.dist-info/RECORD,,\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return out.getvalue()
