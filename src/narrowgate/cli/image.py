"""The container image of `narrowgate deploy oci`: read what it is made of, make it, write its layout."""

import argparse
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from narrowgate.deploy import kubernetes, oci
from narrowgate.deploy.oci import Image, Listening, Parts
from narrowgate.deploy.site import Site
from narrowgate.sealed.contents import CannotSeal
from narrowgate.sealed.needed import authorities_of, libraries_of, read_program
from narrowgate.sealed.public_keys import fingerprint, public_key_of

CONFIG_PATH = f"{kubernetes.CONFIG_FOLDER}/{kubernetes.CONFIG_FILE}"
_LAYOUT = "oci-layout"


class Made(msgspec.Struct, frozen=True):
    """An image, and what whoever made it should know."""

    image: Image
    libraries: tuple[str, ...]
    notes: tuple[str, ...]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--program", metavar="FILE", required=True, help="what `narrowgate seal --whole` made")
    parser.add_argument("--key", metavar="FILE", required=True, help="the public key it must be signed with, PEM")
    parser.add_argument("--out", metavar="PLACE", required=True, help="a new folder, or a file that ends in .tar")
    parser.add_argument("--config", metavar="FILE", help="put this configuration into the image (default: none)")
    parser.add_argument("--authorities", metavar="FILE", help="certificate authorities, PEM (default: this system's)")
    parser.add_argument(
        "--root",
        metavar="DIR",
        default="/",
        help="where libraries are taken from, a file system (default: %(default)s)",
    )
    parser.add_argument(
        "--libraries", metavar="DIR", action="append", default=[], help="look for libraries here first; may be repeated"
    )
    parser.add_argument("--gzip", action="store_true", help="compress: smaller, and the same only with the same zlib")
    parser.add_argument("--json", action="store_true", help="print JSON")


def make(arguments: argparse.Namespace, site: Site | None) -> Made:
    """Return the image; `site` is the configuration that is to be in it.

    Raises:
        CannotSeal: something is missing or is not as signed.
        OSError: a file cannot be read.
    """
    pem = Path(arguments.key).read_text(encoding="utf-8", errors="replace")
    key = public_key_of(pem)
    if key is None:
        raise CannotSeal(f"'{arguments.key}' is no Ed25519 public key in PEM")
    program, root = read_program(Path(arguments.program), key), Path(arguments.root)
    libraries = libraries_of(program, root, [Path(folder) for folder in arguments.libraries])
    file = Path(arguments.authorities) if arguments.authorities else None
    authorities = authorities_of(libraries, root, file)
    parts = Parts(
        program=program.data,
        guard=program.guard,
        libraries={one.path: one.data for one in libraries},
        authorities=authorities.data,
        looked_at=authorities.looked_at,
        architecture=program.architecture,
        version=program.version,
        digest=program.digest,
        signer=fingerprint(key),
        config_text=None if site is None else site.config_text,
    )
    listening = Listening() if site is None else oci.listening_of(site)
    image = oci.image(parts, listening, is_compressed=arguments.gzip)
    notes = [f"{authorities.count} certificate authorities are in it", *_notes(site, listening)]
    return Made(image, tuple(one.path for one in libraries), tuple(notes))


def write(files: Mapping[str, bytes], place: Path) -> None:
    """Write a layout: a folder, or a tar file where the name says so.

    Raises:
        FileExistsError: something else is there.
        OSError: it cannot be written.
    """
    if place.suffix == ".tar":
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(oci.archived(files))
        return
    if place.exists():
        if any(place.iterdir()) and not (place / _LAYOUT).is_file():
            raise FileExistsError(0, "is there and is no image layout; name another", str(place))
        shutil.rmtree(place)
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)


def _notes(site: Site | None, listening: Listening) -> Iterator[str]:
    yield f"in the container it listens on {listening.host}:{listening.port}; publish it where it may be reached from"
    if site is None:
        yield f"mount a configuration at {CONFIG_PATH}, or set variables such as OPENAI_API_KEY"
        return
    yield f"set {', '.join(site.variables)}"
    for file in site.files:
        yield f"mount '{file}', readable by user {kubernetes.USER}"
    for path in site.plain_headers:
        yield f"{path} stands in the image as it is; make it a reference if it is secret"
