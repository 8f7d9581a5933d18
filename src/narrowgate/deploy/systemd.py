"""A systemd unit for one configuration, with what the gateway does without taken away.

Source: systemd.exec(5), systemd.resource-control(5), systemd.service(5) of version 252 (read November 2026).
Older versions warn about settings that they do not know, and go on.
"""

import posixpath
from collections.abc import Iterator

from narrowgate.deploy.site import Site

NAME = "narrowgate.service"
SECRETS = "/etc/narrowgate/secrets.env"
_STATE = "/var/lib/narrowgate"
_RUNTIME = "/run/narrowgate"
_CREDENTIALS = f"/run/credentials/{NAME}/"
_CREDENTIAL_SOURCES = "/etc/narrowgate/credentials/"
_LAST_PRIVILEGED_PORT = 1_023
_BIND = "CAP_NET_BIND_SERVICE"

# What an interpreter, its children and their own seals need. A group that is taken away again takes
# single calls with it that the line below it gives back: `capset`, with which processes give capabilities
# up, and the calls by which limits are raised at the start and core files forbidden.
_CALLS = (
    "@system-service",
    "~@privileged @resources @setuid @keyring @memlock @aio",
    "capset prlimit64 setrlimit",
    "landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp",
)

_CONFINEMENT = (
    ("what a program may become", "NoNewPrivileges=yes", "RestrictSUIDSGID=yes", "LockPersonality=yes"),
    (
        "files: nothing can be written but the data directory, and nothing in there be started",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "PrivateMounts=yes",
        "PrivateDevices=yes",
        "DevicePolicy=closed",
        "RemoveIPC=yes",
        "PrivateIPC=yes",
        f"NoExecPaths={_STATE} /var/lib/private /tmp /var/tmp /dev/shm",
        "UMask=0077",
    ),
    (
        "the kernel and other processes",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelLogs=yes",
        "ProtectControlGroups=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "ProtectProc=invisible",
        "ProcSubset=pid",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "KeyringMode=private",
        "MemoryDenyWriteExecute=yes",
    ),
)


def unit(site: Site, program: str) -> str:
    """Return the unit. `program` is the command's absolute path on the machine it is for."""
    lines = [*_heading(site), "", "[Unit]", "Description=Narrowgate, an AI gateway"]
    lines += ["Wants=network-online.target", "After=network-online.target", ""]
    lines += ["[Service]", "Type=exec", f"ExecStart={_word(program)} {' '.join(_words(site))}"]
    lines += ["ExecReload=/bin/kill -HUP $MAINPID", "Restart=on-failure", "RestartSec=1"]
    lines += ["# One process that is killed for memory is started again by the supervisor.", "OOMPolicy=continue"]
    lines += ["# Calls under way end first: only the supervisor is told, and it drains.", "KillMode=mixed"]
    lines += [f"TimeoutStopSec={site.stop_s}", "LimitCORE=0", "LimitNOFILE=1048576"]
    lines += ["", "# A user that exists only while it runs, and owns nothing but the data directory."]
    lines += ["DynamicUser=yes", "StateDirectory=narrowgate", "StateDirectoryMode=0700"]
    lines += ["ConfigurationDirectory=narrowgate", "ConfigurationDirectoryMode=0755"]
    lines += ["RuntimeDirectory=narrowgate"] if site.unix_socket.startswith(f"{_RUNTIME}/") else []
    lines += _secrets(site)
    for about, *settings in _CONFINEMENT:
        lines += ["", f"# {about[0].upper()}{about[1:]}.", *settings]
    lines += ["", "# The network: TCP, name servers, and sockets between its own processes.", *_network(site)]
    lines += ["", "# System calls. Each process takes nearly all of these from itself once it has started."]
    lines += ["SystemCallArchitectures=native", "SystemCallErrorNumber=EPERM"]
    lines += [f"SystemCallFilter={calls}" for calls in _CALLS]
    lines += ["", "[Install]", "WantedBy=multi-user.target", ""]
    return "\n".join(lines)


def notes_of(site: Site) -> Iterator[str]:
    """Yield what has to be done on the machine, or is worth knowing, beside installing the unit."""
    yield f"write {', '.join(site.variables)} into {SECRETS}, owner root, mode 0600"
    for file in site.files:
        if credential_of(file) is not None:
            yield f"put {_CREDENTIAL_SOURCES}{credential_of(file)} there, owner root, mode 0600"
        elif file in site.secret_files:
            better = f"{_CREDENTIALS}{posixpath.basename(file)}"
            yield f"'{file}' must be readable by the service's user, which changes; '{better}' is, whoever owns it"
        if file.startswith(("/home/", "/root/", "/run/user/", "/tmp/")):  # noqa: S108 - compared only
            yield f"'{file}' is hidden from the service; move it"
    if site.unix_socket and posixpath.dirname(site.unix_socket) != _RUNTIME:
        yield f"'{site.unix_socket}' cannot be made by the service; a socket in {_RUNTIME} can"


def credential_of(file: str) -> str | None:
    """Return the name of the credential whose place in the unit `file` is, None when it is another file."""
    name = file.removeprefix(_CREDENTIALS)
    return name if file.startswith(_CREDENTIALS) and name and "/" not in name else None


def _heading(site: Site) -> Iterator[str]:
    yield f"# narrowgate {site.version}: written by `narrowgate deploy systemd`; write it anew when the configuration"
    yield "# listens elsewhere, refers to other secrets or has another drain_s."
    for note in notes_of(site):
        yield f"#   {note}"


def _words(site: Site) -> Iterator[str]:
    yield "serve"
    if site.config_text is not None:
        yield f"--config {_word(site.config_path)}"
    yield f"--data {_STATE}"


def _secrets(site: Site) -> Iterator[str]:
    yield ""
    yield "# Secrets: root reads the files, the service gets what is in them."
    yield f"EnvironmentFile={SECRETS}"
    for file in site.files:
        if (name := credential_of(file)) is not None:
            yield f"LoadCredential={name}:{_CREDENTIAL_SOURCES}{name}"
    for name, value in site.settings:
        yield f"Environment={_quoted(f'{name}={value}')}"


def _network(site: Site) -> Iterator[str]:
    yield "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX"
    yield "IPAddressDeny=multicast"
    yield "SocketBindDeny=any"
    yield f"SocketBindAllow=tcp:{site.port}"
    if site.port <= _LAST_PRIVILEGED_PORT:
        yield f"# For port {site.port}; processes that do not listen by themselves drop it."
        yield f"CapabilityBoundingSet={_BIND}"
        yield f"AmbientCapabilities={_BIND}"
        return
    yield "CapabilityBoundingSet="
    yield "AmbientCapabilities="
    yield "PrivateUsers=yes"


def _word(text: str) -> str:
    """Return `text` as one word of a command: `$` begins variables there."""
    return _quoted(text.replace("$", "$$"))


def _quoted(text: str) -> str:
    """Return `text` as one word of a unit file: `%` begins specifiers, a space the next word."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"' if plain != text or any(letter.isspace() for letter in text) else plain
