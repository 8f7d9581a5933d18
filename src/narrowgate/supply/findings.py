"""What is found out about a dependency: kinds of reach, and the evidence for each."""

from enum import Enum

import msgspec


class Reach(Enum):
    """What code can get at, or how it gets to run. The values are the words of policies and reports."""

    NETWORK = "network"
    PROCESS = "process"
    WRITE = "write"
    READ = "read"
    ENVIRONMENT = "environment"
    DYNAMIC = "dynamic"
    NATIVE = "native"
    CREDENTIALS = "credentials"
    STARTUP = "startup"
    BUILD = "build"
    HIDDEN = "hidden"
    UNRECORDED = "unrecorded"


# One line each, for legends, SARIF rules and the reference.
MEANING: dict[Reach, str] = {
    Reach.NETWORK: "opens connections, listens, or resolves names",
    Reach.PROCESS: "starts programs, forks, or touches other processes",
    Reach.WRITE: "writes, moves or removes files",
    Reach.READ: "reads files or lists folders",
    Reach.ENVIRONMENT: "reads or sets environment variables",
    Reach.DYNAMIC: "runs code that is made or chosen at run time: exec, eval, import by name, unpickling",
    Reach.NATIVE: "holds or loads machine code, which can do whatever the process may",
    Reach.CREDENTIALS: "names places where credentials are kept",
    Reach.STARTUP: "runs at every start of Python: .pth, .start, sitecustomize, usercustomize",
    Reach.BUILD: "runs code of its own when it is installed",
    Reach.HIDDEN: "shows signs of hiding what it does: encoded code, disguised names, invisible letters",
    Reach.UNRECORDED: "has files that its RECORD does not account for, or that are not what was locked",
}


class Weight(Enum):
    """How soon somebody should look. The value orders them."""

    NOTE = 1
    """What libraries of this kind do; worth knowing, and worth noticing when it is new."""
    WARNING = 2
    """Rarely needed, or needed by few: have a look."""
    ALARM = 3
    """Hardly ever innocent: look before this is run again."""


class Finding(msgspec.Struct, frozen=True):
    """One piece of evidence.

    `what` is short and stable from release to release, so that two can be compared: an API
    (`socket.create_connection`), a symbol (`connect`), a sign (`exec of decoded data`). `line` is 0
    where there are no lines. `at_import` is set when it happens by importing the module, without a
    call by anybody.
    """

    reach: Reach
    what: str
    file: str
    line: int = 0
    weight: Weight = Weight.NOTE
    at_import: bool = False

    @property
    def place(self) -> str:
        """Where it stands, `file:line`."""
        return f"{self.file}:{self.line}" if self.line else self.file


def ranked(findings: tuple[Finding, ...]) -> list[Finding]:
    """Return findings with what matters first: by weight, import-time before called, then by place."""
    return sorted(
        findings,
        key=lambda one: (-one.weight.value, not one.at_import, one.reach.value, one.what, one.file, one.line),
    )


def strongest(findings: tuple[Finding, ...]) -> Weight:
    """Return the greatest weight among findings; a note when there are none."""
    return max((one.weight for one in findings), key=lambda weight: weight.value, default=Weight.NOTE)
