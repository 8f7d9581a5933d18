"""What machine code in a distribution could reach: the symbols it takes from the C library and from Python.

An upper bound for calls by name. Not seen: system calls made by instructions of their own, and what
is looked up at run time (`dlsym` is reported for that reason).
"""

import msgspec

from narrowgate.supply.elf import MAGIC, NotReadableError, read_elf
from narrowgate.supply.findings import Finding, Reach, Weight
from narrowgate.supply.words import written_out

# Mach-O (thin, both orders and widths, and fat) and PE begin like this.
_FOREIGN = {
    b"\xfe\xed\xfa\xce": "Mach-O",
    b"\xfe\xed\xfa\xcf": "Mach-O",
    b"\xce\xfa\xed\xfe": "Mach-O",
    b"\xcf\xfa\xed\xfe": "Mach-O",
    b"\xca\xfe\xba\xbe": "Mach-O",
    b"MZ": "PE",
}
NATIVE_ENDINGS = (".so", ".pyd", ".dll", ".dylib", ".a", ".o")

_NETWORK = """socket connect bind listen accept accept4 sendto recvfrom sendmsg sendmmsg recvmsg recvmmsg getaddrinfo
    gethostbyname gethostbyname_r gethostbyname2 gethostbyaddr getnameinfo res_query res_search __res_query
    __res_search
    __res_init io_uring_setup io_uring_queue_init"""
_PROCESS = """execv execve execvp execvpe execl execlp execle execveat fexecve fork vfork clone clone3 posix_spawn
    posix_spawnp system popen kill killpg tgkill ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd
    setuid setgid setresuid setresgid chroot unshare setns mount umount2 pivot_root capset init_module"""
_WRITE = """unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir creat creat64 symlink symlinkat link linkat
    chmod fchmod fchmodat chown fchown fchownat lchown truncate truncate64 ftruncate ftruncate64 fallocate
    posix_fallocate mkstemp mkstemp64 mkdtemp mkostemp tmpfile remove copy_file_range sendfile sendfile64 mknod mknodat
    utimensat"""
_READ = """open open64 openat openat64 __open_2 __open64_2 __openat_2 __openat64_2 openat2 fopen fopen64 freopen
    freopen64 fdopen opendir readdir readdir64 scandir scandir64 nftw ftw glob realpath __realpath_chk readlink
    readlinkat"""
_ENVIRONMENT = "getenv secure_getenv __secure_getenv setenv putenv unsetenv clearenv environ __environ _environ"
_LOADING = "dlopen dlsym dlmopen dlvsym"
_ANY_CALL = "syscall"
_MEMORY = "memfd_create mprotect pkey_mprotect"
_CODE = """PyRun_String PyRun_StringFlags PyRun_SimpleString PyRun_SimpleStringFlags PyRun_FileExFlags
    PyRun_SimpleFileExFlags PyEval_EvalCode PyEval_EvalCodeEx Py_CompileString Py_CompileStringExFlags
    Py_CompileStringObject PyMarshal_ReadObjectFromString PyImport_ExecCodeModule PyImport_ExecCodeModuleEx"""
# Not `fprintf` and its like: what uses them to complain on stderr would all seem to write files.
_WRITING = written_out("write writev pwrite pwrite64 pwritev fwrite")

SYMBOLS: dict[str, Reach] = {
    symbol: reach
    for reach, names in (
        (Reach.NETWORK, _NETWORK),
        (Reach.PROCESS, _PROCESS),
        (Reach.WRITE, _WRITE),
        (Reach.READ, _READ),
        (Reach.ENVIRONMENT, _ENVIRONMENT),
        (Reach.NATIVE, f"{_LOADING} {_ANY_CALL} {_MEMORY}"),
        (Reach.DYNAMIC, _CODE),
    )
    for symbol in names.split()
}
# What compiled Python (Cython, pybind11, PyO3) reaches it reaches by importing; the names stand in its data.
_IMPORTING = frozenset(
    {"PyImport_Import", "PyImport_ImportModule", "PyImport_ImportModuleLevelObject", "PyImport_ImportModuleLevel"}
)
_MODULES: dict[bytes, Reach] = {
    b"subprocess": Reach.PROCESS,
    b"_posixsubprocess": Reach.PROCESS,
    b"multiprocessing": Reach.PROCESS,
    b"socket": Reach.NETWORK,
    b"_socket": Reach.NETWORK,
    b"urllib.request": Reach.NETWORK,
    b"http.client": Reach.NETWORK,
    b"requests": Reach.NETWORK,
    b"ctypes": Reach.NATIVE,
    b"_ctypes": Reach.NATIVE,
}


class Machine(msgspec.Struct, frozen=True):
    """What one file of machine code showed."""

    findings: tuple[Finding, ...]
    needed: tuple[str, ...] = ()


def is_native(file: str, start: bytes) -> bool:
    """Whether a file holds machine code, by its name or its first bytes."""
    name = file.rsplit("/", 1)[-1]
    return start[:4] == MAGIC or _foreign(start) != "" or name.endswith(NATIVE_ENDINGS) or ".so." in name


def scan_native(file: str, data: bytes) -> Machine:
    """Return what a file of machine code could reach, one finding a symbol."""
    if data[:4] != MAGIC:
        kind = _foreign(data) or ("archive" if data[:8] == b"!<arch>\n" else "unknown form")
        what = f"machine code that was not read ({kind})"
        weight = Weight.NOTE if kind != "unknown form" else Weight.WARNING
        return Machine((Finding(Reach.NATIVE, what, file, weight=weight),))
    try:
        elf = read_elf(data)
    except NotReadableError as error:
        return Machine((Finding(Reach.NATIVE, f"machine code that cannot be read ({error})", file, 0, Weight.WARNING),))
    if not elf.is_linked:
        what = "program that brings its own C library: its reach cannot be told"
        return Machine((Finding(Reach.NATIVE, what, file, weight=Weight.WARNING),))
    symbols = {name.split("@", 1)[0] for name in elf.imports}
    found = [Finding(Reach.NATIVE, "extension module" if _is_module(file) else "library", file)]
    found += [Finding(SYMBOLS[name], name, file) for name in sorted(symbols) if name in SYMBOLS]
    if not symbols.isdisjoint(_READ.split()) and not symbols.isdisjoint(_WRITING):
        found.append(Finding(Reach.WRITE, "open and write", file))
    if symbols & _IMPORTING:
        for module, reach in _MODULES.items():
            if b"\0" + module + b"\0" in data:
                found.append(Finding(reach, f"names the module {module.decode()}", file))
    return Machine(tuple(found), elf.needed)


def _is_module(file: str) -> bool:
    name = file.rsplit("/", 1)[-1]
    return (name.endswith(".so") and not name.startswith("lib")) or name.endswith(".pyd")


def _foreign(start: bytes) -> str:
    return next((kind for magic, kind in _FOREIGN.items() if start.startswith(magic)), "")
