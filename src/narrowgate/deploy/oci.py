"""A container image as an OCI layout: the same parts give the same bytes.

Sources: https://github.com/opencontainers/image-spec/blob/v1.1.1/ image-layout.md, image-index.md, manifest.md,
config.md, layer.md, annotations.md (read November 2026).
"""

import hashlib
import io
import json
import posixpath
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from narrowgate.deploy.kubernetes import CONFIG_FILE, CONFIG_FOLDER, DATA, USER, all_addresses, port_of
from narrowgate.deploy.site import Site

COMMAND = "/bin/narrowgate"
PROGRAM = "/usr/lib/narrowgate"
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
_PORT = 4_000
# As other makers of reproducible images have it: the time of nothing in particular.
_CREATED = "1970-01-01T00:00:00Z"
_MEDIA = "application/vnd.oci.image."
_FOLDER, _PROGRAM, _FILE, _LINK = 0o755, 0o555, 0o444, 0o777
_ACCOUNTS: Mapping[str, str] = {
    "/etc/passwd": f"root:x:0:0::/:/none\nnarrowgate:x:{USER}:{USER}::{DATA}:/none\n",
    "/etc/group": f"root:x:0:\nnarrowgate:x:{USER}:\n",
    # Without it some C libraries ask a network service for hosts before the file.
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
# What a runtime mounts or may mount something on, which it cannot make in a root that is read-only.
_EMPTY = ("/dev", "/proc", "/sys", CONFIG_FOLDER)


class Entry(msgspec.Struct, frozen=True):
    """One thing in the image. `data` None is a folder; `link` is where a symbolic link leads."""

    path: str
    data: bytes | None = None
    mode: int = _FILE
    user: int = 0
    link: str = ""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What an image is made of. `libraries` are bytes by absolute path, the loader among them.

    `looked_at` is where OpenSSL looks for `authorities`; `digest` is that of the program's manifest, `signer` names
    the key that signed it; `config_text` is None when the configuration is not to be in the image.
    """

    program: bytes
    guard: bytes
    libraries: Mapping[str, bytes]
    authorities: bytes
    looked_at: str
    architecture: str
    version: str
    digest: str
    signer: str
    config_text: str | None = None


class Listening(msgspec.Struct, frozen=True):
    """Where the gateway listens within the container. `is_moved`: not where its configuration says."""

    host: str = "0.0.0.0"  # noqa: S104 - the container's own; what is published says who comes in
    port: int = _PORT
    is_moved: bool = False


def listening_of(site: Site) -> Listening:
    """Return where a configuration listens in a container: all of its addresses, on a port that its user may take."""
    return Listening(all_addresses(site), port_of(site), port_of(site) != site.port)


class Image(msgspec.Struct, frozen=True):
    """An image: the files of its layout by path, and the digest by which it is named."""

    files: Mapping[str, bytes]
    digest: str


def image(parts: Parts, listening: Listening, *, is_compressed: bool = False) -> Image:
    """Return the image. Compressed it is smaller, and the same only where zlib is."""
    layer = packed(entries(parts))
    stored = gzipped(layer) if is_compressed else layer
    config = _encoded(configuration(parts, listening, _digest(layer)))
    manifest = _encoded(
        {
            "schemaVersion": 2,
            "mediaType": f"{_MEDIA}manifest.v1+json",
            "config": _descriptor(f"{_MEDIA}config.v1+json", config),
            "layers": [_descriptor(f"{_MEDIA}layer.v1.tar" + ("+gzip" if is_compressed else ""), stored)],
            "annotations": _about(parts),
        }
    )
    named = _descriptor(f"{_MEDIA}manifest.v1+json", manifest) | {
        "platform": _platform(parts),
        "annotations": {"org.opencontainers.image.ref.name": parts.version},
    }
    index = {"schemaVersion": 2, "mediaType": f"{_MEDIA}index.v1+json", "manifests": [named]}
    blobs = {f"blobs/sha256/{_digest(blob).partition(':')[2]}": blob for blob in (config, manifest, stored)}
    files = {"index.json": _encoded(index), "oci-layout": b'{"imageLayoutVersion":"1.0.0"}', **blobs}
    return Image(files, _digest(manifest))


def entries(parts: Parts) -> tuple[Entry, ...]:
    """Return all that is in the image, folders before what is in them."""
    found = {path: Entry(path, text.encode()) for path, text in _ACCOUNTS.items()}
    found |= {path: Entry(path, data, _PROGRAM) for path, data in parts.libraries.items()}
    found |= {path: Entry(path, None, _FOLDER) for path in _EMPTY}
    found[COMMAND] = Entry(COMMAND, parts.guard, _PROGRAM)
    found[PROGRAM] = Entry(PROGRAM, parts.program, _PROGRAM)
    found[_AUTHORITIES] = Entry(_AUTHORITIES, parts.authorities)
    if parts.looked_at != _AUTHORITIES:
        found[parts.looked_at] = Entry(parts.looked_at, None, _LINK, link=_AUTHORITIES)
    if parts.config_text is not None:
        file = f"{CONFIG_FOLDER}/{CONFIG_FILE}"
        found[file] = Entry(file, parts.config_text.encode())
    found[DATA] = Entry(DATA, None, 0o700, USER)
    found["/tmp"] = Entry("/tmp", None, 0o1777)  # noqa: S108 - the image's own
    parents = {parent for path in found for parent in _parents(path)}
    found |= {path: Entry(path, None, _FOLDER) for path in parents - found.keys()}
    return tuple(found[path] for path in sorted(found))


def configuration(parts: Parts, listening: Listening, layer: str) -> dict[str, object]:
    """Return how a container of the image is run. `layer` is the digest of the layer as it is unpacked."""
    return {
        "created": _CREATED,
        **_platform(parts),
        "config": {
            "User": f"{USER}:{USER}",
            "ExposedPorts": {f"{listening.port}/tcp": {}},
            "Env": [
                f"PATH={posixpath.dirname(COMMAND)}",
                f"NARROWGATE_DATA={DATA}",
                f"NARROWGATE_HOST={listening.host}",
                *([f"NARROWGATE_PORT={listening.port}"] if listening.is_moved else []),
            ],
            "Entrypoint": [COMMAND],
            "Cmd": ["serve"],
            "Volumes": {DATA: {}},
            # A configuration that is mounted here is found without being named.
            "WorkingDir": CONFIG_FOLDER,
            "Labels": _about(parts),
            "StopSignal": "SIGTERM",
        },
        "rootfs": {"type": "layers", "diff_ids": [layer]},
        "history": [{"created": _CREATED, "created_by": "narrowgate deploy oci"}],
    }


def packed(found: Iterable[Entry]) -> bytes:
    """Return a layer, not compressed, in the order in which the entries come."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for entry in found:
            info = tarfile.TarInfo(entry.path.lstrip("/"))
            info.mode, info.uid, info.gid = entry.mode, entry.user, entry.user
            if entry.link:
                info.type, info.linkname = tarfile.SYMTYPE, entry.link
            elif entry.data is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(entry.data)
            archive.addfile(info, io.BytesIO(entry.data or b""))
    return out.getvalue()


def archived(files: Mapping[str, bytes]) -> bytes:
    """Return a layout as one tar file."""
    return packed(Entry(path, files[path]) for path in sorted(files))


def gzipped(data: bytes) -> bytes:
    """Return `data` compressed, without time, name and system in the header (RFC 1952)."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    tail = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFF_FFFF)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + tail


def _about(parts: Parts) -> dict[str, str]:
    """Return what the image says of itself."""
    return {
        "narrowgate.manifest.sha256": parts.digest,
        "narrowgate.signer": parts.signer,
        "org.opencontainers.image.description": "An AI gateway with few dependencies and few privileges",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.title": "narrowgate",
        "org.opencontainers.image.version": parts.version,
    }


def _platform(parts: Parts) -> dict[str, str]:
    variant = {"variant": "v8"} if parts.architecture == "arm64" else {}
    return {"architecture": parts.architecture, "os": "linux", **variant}


def _parents(path: str) -> Iterator[str]:
    while (path := posixpath.dirname(path)) != "/":
        yield path


def _descriptor(media: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _encoded(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
