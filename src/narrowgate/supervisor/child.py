"""Where a child process begins: `python -m narrowgate.supervisor.child ROLE SETTINGS_FD CHANNEL_FD [required]`.

Each role imports only what it needs, so the egress loads no third-party module. With the word
`required` the process ends instead of working where it cannot be sealed.
"""

import importlib
import os
import signal
import sys

from narrowgate.sandbox.apply import NotSealed

REQUIRED = "required"
# How a child tells that starting it again is of no use: EX_CONFIG of sysexits.h.
UNSEALED_STATUS = 78

_MAINS = {
    "edge": "narrowgate.app",
    "egress": "narrowgate.egress.process",
    "control": "narrowgate.control.process",
    "recorder": "narrowgate.recorder.process",
}


def read_settings(fd: int) -> bytes:
    """Return everything in a memory file that the supervisor made; its position is not touched."""
    return os.pread(fd, os.fstat(fd).st_size, 0)


def main() -> int:
    """Run a role until the supervisor says stop."""
    role, settings_fd, channel_fd = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    # The supervisor hears the terminal's Ctrl-C and tells its children in its own order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    module = importlib.import_module(_MAINS[role])
    settings = read_settings(settings_fd)
    os.close(settings_fd)
    try:
        status = module.main(settings, channel_fd, is_seal_required=REQUIRED in sys.argv[4:])
    except NotSealed as error:
        sys.stderr.write(f"narrowgate: the {role} process cannot be sealed: {error}\n")
        return UNSEALED_STATUS
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
