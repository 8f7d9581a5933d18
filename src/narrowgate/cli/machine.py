"""What `doctor` looks at: Python, packages, kernel, limits, clock, data folder, port."""

import errno
import http.client
import os
import platform
import resource
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from enum import Enum
from importlib import metadata
from pathlib import Path

import msgspec

from narrowgate.sandbox.kernel import Offers
from narrowgate.sealed.contents import BUILD_ONLY
from narrowgate.sealed.running import place

_PACKAGES = ("uvloop", "httptools", "msgspec", "PyYAML", "cryptography")
_SUPPORTED = ((3, 11), (3, 12), (3, 13))
# Two descriptors a stream, and streams come by the thousand.
_FEW_FILES = 65_536
# The clock of a machine that woke up in 1970 finds every certificate not valid yet.
_BEFORE_THIS_RELEASE_S = 1_790_000_000
_TIMEOUT_S = 2.0


class Verdict(Enum):
    """How much a finding matters."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at."""

    about: str
    verdict: Verdict
    says: str
    fix: str = ""


def python() -> Finding:
    """Look at the interpreter."""
    says = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] in _SUPPORTED:
        return Finding("python", Verdict.GOOD, says)
    return Finding("python", Verdict.BAD, says, "use Python 3.11, 3.12 or 3.13")


def packages() -> Iterator[Finding]:
    """Look for what the gateway depends on."""
    found = []
    for name in _PACKAGES:
        if place() is not None and name in BUILD_ONLY:
            continue
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Finding("packages", Verdict.BAD, f"{name} is not installed", "start with ./ng, which installs it")
    if found:
        yield Finding("packages", Verdict.GOOD, ", ".join(found))


def data_folder(folder: Path) -> Finding:
    """Look whether the gateway can write where it keeps its data."""
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return Finding("data", Verdict.BAD, f"'{nearest}' cannot be written to", "choose another with --data")
    free_mb = os.statvfs(nearest).f_bavail * os.statvfs(nearest).f_frsize // 1_000_000
    if folder.exists() and folder.stat().st_mode & 0o077:
        says = f"'{folder}' can be entered by other users"
        return Finding("data", Verdict.NOTE, says, f"chmod 700 '{folder}'")
    says = f"'{folder}' {'can be written to' if folder.exists() else 'can be made'}, {free_mb:_} MB are free"
    return Finding("data", Verdict.GOOD, says)


def listening(host: str, port: int, *, is_tls: bool) -> Finding:
    """Look whether a gateway runs on the port, or else whether it is free."""
    about = f"port {port}"
    name = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not listened on
    if port and (answer := _ready(name, port, is_tls=is_tls)):
        return answer
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return Finding(
                about, Verdict.BAD, f"another program listens on {host}:{port}", "choose another with --port"
            )
        says = f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}"
        return Finding(about, Verdict.BAD, says, "choose another address with --host and --port")
    return Finding(about, Verdict.GOOD, f"{host}:{port} is free; no gateway runs there")


def confinement(offers: Offers, *, is_required: bool) -> Iterator[Finding]:
    """Say how the kernel can confine the gateway's processes, and what is missing for that."""
    missing = offers.missing()
    for sentence in missing:
        says, _, fix = sentence.partition("; ")
        yield Finding("sandbox", Verdict.BAD if is_required else Verdict.NOTE, says, fix)
    if not missing:
        says = f"Landlock version {offers.landlock} and seccomp for {offers.machine}: every process seals itself"
        yield Finding("sandbox", Verdict.GOOD, says)


def file_limit() -> Finding:
    """Look how many descriptors a process may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return Finding("open files", Verdict.GOOD, "a process may have any number")
    if hard >= _FEW_FILES:
        return Finding("open files", Verdict.GOOD, f"a process may have {hard:_}")
    says = f"a process may have {hard:_}, two go to each stream"
    return Finding("open files", Verdict.NOTE, says, f"raise the hard limit (ulimit -Hn) to {_FEW_FILES:_}")


def clock() -> Finding:
    """Look whether the clock can be right."""
    now_s = time.time()
    says = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_s))
    if now_s < _BEFORE_THIS_RELEASE_S:
        return Finding(
            "clock", Verdict.BAD, f"{says} is before this release", "set the clock, certificates depend on it"
        )
    return Finding("clock", Verdict.GOOD, says)


def _ready(host: str, port: int, *, is_tls: bool) -> Finding | None:
    """Ask a gateway how it is; None when there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    if is_tls:
        # Only whether it answers is asked; nothing secret is sent, so any certificate will do.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=context)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        body = answer.read(10_000)
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    if answer.status == http.client.OK and b'"ready"' in body:
        return Finding(f"port {port}", Verdict.GOOD, f"a gateway runs on {host}:{port} and is ready")
    if answer.status == http.client.SERVICE_UNAVAILABLE and b'"not ready"' in body:
        return Finding(f"port {port}", Verdict.NOTE, f"a gateway runs on {host}:{port} and is not ready", "see its log")
    return None
