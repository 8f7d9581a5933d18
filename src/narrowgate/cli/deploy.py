"""Write what one configuration needs around it: a systemd unit, Kubernetes manifests; or a container image.

  narrowgate deploy systemd [--program FILE]              one unit
  narrowgate deploy kubernetes --image NAME@sha256:…      namespace, workload, network policy
  narrowgate deploy oci --program FILE --key FILE --out DIR   the image, from a sealed file

The first two are made for the configuration at hand: its port, its secret references, whom it calls.
They are printed, or written into --out; what is left to do by hand is said on standard error. No secret
is read, none is written: only the names under which they are found. The image is the same whoever
makes it from the same sealed file and libraries; no key that signs is needed for that.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from narrowgate import __version__
from narrowgate.adapters.config_file import catalog, config_path, read
from narrowgate.adapters.secrets.references import SecretUnavailable, resolve
from narrowgate.adapters.upstream.openings import proxy_end
from narrowgate.cli import image
from narrowgate.cli.output import print_json, visible
from narrowgate.config.address import proxy_flaw
from narrowgate.config.complaint import Complaint, ConfigRefused, key_path
from narrowgate.config.plan import Plan, make_plan
from narrowgate.config.providers import OriginSpec
from narrowgate.config.reference import is_reference
from narrowgate.config.schema import Config
from narrowgate.deploy import kubernetes, systemd
from narrowgate.deploy.manifest import render
from narrowgate.deploy.site import Around, Site, complaints_of, ends_of, site_of
from narrowgate.providers.registry import ALIASES, PROFILES
from narrowgate.sealed.contents import CannotSeal

_OVERRIDES = "NARROWGATE_"
_SYSTEMD_CONFIG = "/etc/narrowgate/narrowgate.yaml"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    forms = parser.add_subparsers(dest="form", required=True, metavar="FORM")
    unit = forms.add_parser("systemd", help="a unit with all of the hardening that the gateway can live with")
    _common(unit)
    unit.add_argument(
        "--program",
        metavar="FILE",
        default="/usr/local/bin/narrowgate",
        help="where the program will be (default: %(default)s)",
    )
    unit.add_argument(
        "--config-path",
        metavar="FILE",
        default=_SYSTEMD_CONFIG,
        help="where the configuration will be (default: %(default)s)",
    )
    manifests = forms.add_parser("kubernetes", help="manifests under restricted pod security, with a network policy")
    _common(manifests)
    manifests.add_argument("--image", metavar="NAME", default=f"narrowgate:{__version__}", help="the image to run")
    manifests.add_argument("--namespace", metavar="NAME", default="narrowgate", help="(default: %(default)s)")
    manifests.add_argument(
        "--storage", metavar="SIZE", default="10Gi", help="of the data volume (default: %(default)s)"
    )
    manifests.add_argument("--cilium", action="store_true", help="write Cilium's network policy, which can hold names")
    image.configure(forms.add_parser("oci", help="a container image: the sealed file and nothing else that runs"))


def run(arguments: argparse.Namespace) -> int:
    """Write one form."""
    if arguments.form == "oci":
        return _run_oci(arguments)
    try:
        files, notes = _made(arguments, os.environ)
    except ConfigRefused as refused:
        return _refused(refused)
    try:
        _write(files, arguments.out)
    except OSError as error:
        print(f"narrowgate deploy: '{arguments.out}': {error.strerror}", file=sys.stderr)
        return 1
    _tell(notes)
    return 0


def site(argument: str | None, environment: Mapping[str, str], config_at: str) -> Site:
    """Return what there is to know of a configuration; files and secrets that it names need not be here.

    Raises:
        ConfigRefused: with everything that is wrong.
    """
    path = config_path(argument, environment)
    # What overrides the file here does not there.
    around = {name: value for name, value in environment.items() if not name.startswith(_OVERRIDES)}
    config = read(path)
    plan = make_plan(config, around, PROFILES, ALIASES, catalog())
    complaints = list(complaints_of(config, plan))
    proxies: dict[str, tuple[str, int]] = {}
    for origin in plan.origins:
        found = _proxy(origin, around)
        if isinstance(found, Complaint):
            complaints.append(found)
        elif found is not None:
            proxies[origin.name] = found
    if complaints:
        raise ConfigRefused(complaints)
    text = path.read_text(encoding="utf-8") if path is not None else None
    outside = Around(__version__, config_at, text, _settings(config, plan, around))
    return site_of(config, plan, ends_of(plan.origins, proxies), outside)


def _run_oci(arguments: argparse.Namespace) -> int:
    """Make the image."""
    try:
        inside = site(arguments.config, os.environ, image.CONFIG_PATH) if arguments.config else None
        made = image.make(arguments, inside)
        image.write(made.image.files, Path(arguments.out))
    except ConfigRefused as refused:
        return _refused(refused)
    except CannotSeal as error:
        print(f"narrowgate deploy: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"narrowgate deploy: '{error.filename}': {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return 1
    if arguments.json:
        print_json({"digest": made.image.digest, "out": arguments.out, "libraries": made.libraries})
    else:
        print(f"{made.image.digest}  {arguments.out}")
        _tell(made.notes)
    return 0


def _refused(refused: ConfigRefused) -> int:
    for complaint in refused.complaints:
        print(f"narrowgate deploy: {complaint}", file=sys.stderr)
    return 1


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"note: {visible(note)}", file=sys.stderr)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="configuration (default: ./narrowgate.yaml if there)")
    parser.add_argument("--out", metavar="DIR", help="write files there instead of printing")


def _made(arguments: argparse.Namespace, environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return files by name, in order, and notes."""
    if arguments.form == "systemd":
        found = site(arguments.config, environment, arguments.config_path)
        return {systemd.NAME: systemd.unit(found, arguments.program)}, list(systemd.notes_of(found))
    found = site(arguments.config, environment, f"{kubernetes.CONFIG_FOLDER}/{kubernetes.CONFIG_FILE}")
    if complaints := list(kubernetes.complaints_of(found)):
        raise ConfigRefused(complaints)
    wishes = kubernetes.Wishes(
        namespace=arguments.namespace, image=arguments.image, storage=arguments.storage, is_cilium=arguments.cilium
    )
    notes = list(kubernetes.notes_of(found, wishes))
    manifests = kubernetes.objects(found, wishes)
    if arguments.out is None:
        return {"": render(manifests, [f"narrowgate {__version__}: written by `narrowgate deploy kubernetes`."])}, notes
    # kubectl applies a folder in the order of its names.
    return {f"{number:02}-{one.file}": render([one]) for number, one in enumerate(manifests)}, notes


def _write(files: Mapping[str, str], out: str | None) -> None:
    if out is None:
        print("".join(files.values()), end="")
        return
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    print("\n".join(str(folder / name) for name in files))


def _proxy(origin: OriginSpec, environment: Mapping[str, str]) -> tuple[str, int] | Complaint | None:
    """Return host and port of the proxy before an origin; of a reference nothing else is looked at."""
    if not origin.proxy:
        return None
    path = f"{key_path('providers', origin.name)}.proxy"
    url = origin.proxy
    if is_reference(url):
        try:
            url = resolve(url, environment).reveal()
        except SecretUnavailable as error:
            return Complaint(path, error.problem, "it must be here as well: its host is let through by name")
        if flaw := proxy_flaw(url):
            return Complaint(path, flaw.problem, flaw.fix)
    host, port, _ = proxy_end(url)
    return host, port


def _settings(config: Config, plan: Plan, environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the variables, with values, from which providers have their address: they are no secrets."""
    found: dict[str, str] = {}
    for view in plan.edge.providers:
        entry, profile = config.providers.get(view.name), PROFILES.get(view.profile)
        if profile is None or (entry is not None and entry.base_url):
            continue
        names: Iterable[str] = (name for name in profile.base_url_env if environment.get(name))
        found |= {name: environment[name] for name in list(names)[:1]}
    return tuple(sorted(found.items()))
