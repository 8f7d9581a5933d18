"""Kubernetes manifests for one configuration, under the `restricted` pod security standard.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ and the API reference of
version 1.34 (read November 2026).
"""

import posixpath
import re
from collections.abc import Iterator, Mapping

import msgspec

from narrowgate.config.complaint import Complaint, quoted
from narrowgate.deploy.manifest import Manifest
from narrowgate.deploy.network import cilium_policy, network_policies
from narrowgate.deploy.site import Site

NAME = "narrowgate"
LABELS: Mapping[str, str] = {"app.kubernetes.io/name": NAME}
VARIABLES = "narrowgate-env"
FILES = "narrowgate-files"
USER = 65_532  # nonroot, as images without a distribution have it
DATA = "/data"
CONFIG_FOLDER = "/etc/narrowgate"
CONFIG_FILE = "narrowgate.yaml"
_FIRST_FREE_PORT = 1_024
_OWN_PORT = 4_000
_USUAL_EDGES = 2
# Kubernetes' own bound on a ConfigMap.
_MOST_CONFIG_BYTES = 1_000_000
# What the image has, or the gateway writes in. A volume there would hide it.
_TAKEN = ("/", "/bin", "/data", "/dev", "/etc", "/etc/ssl", "/etc/ssl/certs", "/lib", "/lib64", "/proc", "/sys", "/usr")
_KEY = re.compile(r"[^A-Za-z0-9._-]+")

Object = dict[str, object]


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration does not say. `storage` is a quantity, `image` best ends with its digest."""

    namespace: str
    image: str
    storage: str
    is_cilium: bool = False


def objects(site: Site, wishes: Wishes) -> tuple[Manifest, ...]:
    """Return all objects, in the order in which they can be applied."""
    policies = network_policies(site, wishes.namespace, LABELS, port_of(site))
    if wishes.is_cilium:
        policies = (cilium_policy(site, wishes.namespace, LABELS, port_of(site)),)
    return (
        Manifest(_namespace(wishes)),
        Manifest(_named("ServiceAccount", "v1", wishes) | {"automountServiceAccountToken": False}),
        Manifest(_named("ConfigMap", "v1", wishes) | {"data": {CONFIG_FILE: site.config_text or "{}\n"}}),
        *policies,
        Manifest(_claim(wishes), ("Virtual keys, usage and journals. One gateway at a time may use them.",)),
        Manifest(_deployment(site, wishes)),
        Manifest(_service(site, wishes)),
        Manifest(_disruption_budget(wishes), ("With one replica it holds up no drain of a node.",)),
    )


def notes_of(site: Site, wishes: Wishes) -> Iterator[str]:
    """Yield what has to be made by hand before the objects are applied, or is worth knowing."""
    yield f"secret '{VARIABLES}' in namespace '{wishes.namespace}' has to hold {', '.join(site.variables)}:"
    yield f"  kubectl -n {wishes.namespace} create secret generic {VARIABLES} --from-env-file=FILE"
    if site.files:
        named = " ".join(f"--from-file={key_of(file)}=FILE" for file in site.files)
        yield f"secret '{FILES}' holds the files that the configuration names:"
        yield f"  kubectl -n {wishes.namespace} create secret generic {FILES} {named}"
    for path in site.plain_headers:
        yield f"{path} will stand in a ConfigMap as it is; make it a reference if it is secret"
    if "@sha256:" not in wishes.image:
        yield f"image '{wishes.image}' is named by a tag, which may lead elsewhere tomorrow; name it by its digest"
    if not site.takes_plain_probes:
        yield "probes only connect: the listener wants a client certificate or the PROXY protocol, which they have not"


def complaints_of(site: Site) -> Iterator[Complaint]:
    """Complain about what cannot be put into a pod."""
    for file in site.files:
        folder = posixpath.dirname(file)
        if folder in _TAKEN:
            problem = f"{quoted(file)} would hide '{folder}' of the image"
            yield Complaint("", problem, f"name a file in a folder of its own, such as {CONFIG_FOLDER}/keys/")
    if site.unix_socket and posixpath.dirname(site.unix_socket) != DATA:
        problem = f"{quoted(site.unix_socket)} cannot be made: only '{DATA}' can be written to"
        yield Complaint("listen.unix_socket", problem, "put it there, or leave it out: other pods do not see it")
    if len((site.config_text or "").encode()) > _MOST_CONFIG_BYTES:
        yield Complaint("", "is too long for a ConfigMap", "make it shorter")
    seen: dict[str, str] = {}
    for file in site.files:
        other = seen.setdefault(key_of(file), file)
        if other != file:
            yield Complaint("", f"{quoted(file)} and {quoted(other)} get one name in a Secret", "rename one of them")


def port_of(site: Site) -> int:
    """Return the port in the pod: who is not root cannot take the first thousand."""
    return site.port if site.port >= _FIRST_FREE_PORT else _OWN_PORT


def key_of(file: str) -> str:
    """Return a file's name within the Secret: its path, as far as names there may go."""
    return _KEY.sub(".", file.strip("/"))


def all_addresses(site: Site) -> str:
    """Return the address in the pod that stands for all of them."""
    return "::" if ":" in site.host else "0.0.0.0"  # noqa: S104 - the pod's own; NetworkPolicy says who comes in


def _named(kind: str, version: str, wishes: Wishes, name: str = NAME) -> Object:
    metadata = {"name": name, "namespace": wishes.namespace, "labels": dict(LABELS)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _namespace(wishes: Wishes) -> Object:
    labels = dict(LABELS)
    for mode in ("enforce", "audit", "warn"):
        labels[f"pod-security.kubernetes.io/{mode}"] = "restricted"
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": wishes.namespace, "labels": labels}}


def _claim(wishes: Wishes) -> Object:
    spec = {"accessModes": ["ReadWriteOncePod"], "resources": {"requests": {"storage": wishes.storage}}}
    return _named("PersistentVolumeClaim", "v1", wishes, "narrowgate-data") | {"spec": spec}


def _service(site: Site, wishes: Wishes) -> Object:
    port = {"name": _scheme(site), "port": site.port, "targetPort": _scheme(site), "protocol": "TCP"}
    return _named("Service", "v1", wishes) | {"spec": {"selector": dict(LABELS), "ports": [port]}}


def _disruption_budget(wishes: Wishes) -> Object:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": dict(LABELS)}}
    return _named("PodDisruptionBudget", "policy/v1", wishes) | {"spec": spec}


def _deployment(site: Site, wishes: Wishes) -> Object:
    pod = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": site.stop_s,
        # Whole names are asked for as they are, not first with each suffix of the cluster.
        "dnsConfig": {"options": [{"name": "ndots", "value": "1"}]},
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(site, wishes)],
        "volumes": [volume for volume, _ in _volumes(site)],
    }
    spec = {
        # The database is one gateway's: a second one beside it is refused by a lock.
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": dict(LABELS)},
        "template": {"metadata": {"labels": dict(LABELS)}, "spec": pod},
    }
    return _named("Deployment", "apps/v1", wishes) | {"spec": spec}


def _container(site: Site, wishes: Wishes) -> Object:
    # All interfaces: a pod's address is not known before it runs.
    words = ["serve", "--config", f"{CONFIG_FOLDER}/{CONFIG_FILE}", "--data", DATA, "--host", all_addresses(site)]
    words += ["--port", str(port_of(site))]
    if not site.edges:
        # One for each processor of the node would be far too many for a pod.
        words += ["--edges", str(_USUAL_EDGES)]
    secret = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": VARIABLES, "key": name}}} for name in site.variables
    ]
    plain = [{"name": name, "value": value} for name, value in site.settings]
    return {
        "name": NAME,
        "image": wishes.image,
        "args": words,
        "env": [*secret, *plain],
        "ports": [{"name": _scheme(site), "containerPort": port_of(site), "protocol": "TCP"}],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "1", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "startupProbe": _probe(site, "/health/ready") | {"periodSeconds": 1, "failureThreshold": 60},
        "livenessProbe": _probe(site, "/health/live") | {"periodSeconds": 10, "failureThreshold": 3},
        "readinessProbe": _probe(site, "/health/ready") | {"periodSeconds": 2, "failureThreshold": 2},
        "volumeMounts": [mount for _, mount in _volumes(site)],
    }


def _probe(site: Site, path: str) -> Object:
    port = _scheme(site)
    if not site.takes_plain_probes:
        return {"tcpSocket": {"port": port}, "timeoutSeconds": 2}
    return {"httpGet": {"path": path, "port": port, "scheme": port.upper()}, "timeoutSeconds": 2}


def _volumes(site: Site) -> Iterator[tuple[Object, Object]]:
    """Yield volumes with their mounts: the data, then a folder for each that the configuration names a file in."""
    yield (
        {"name": "data", "persistentVolumeClaim": {"claimName": "narrowgate-data"}},
        {"name": "data", "mountPath": DATA},
    )
    for number, (folder, sources) in enumerate(_folders(site).items()):
        name = f"files-{number}" if number else "config"
        yield (
            {"name": name, "projected": {"defaultMode": 0o440, "sources": sources}},
            {"name": name, "mountPath": folder, "readOnly": True},
        )


def _folders(site: Site) -> dict[str, list[Object]]:
    """Return what is mounted where. A folder within another has no volume of its own: what it is in is read-only."""
    sources: dict[str, list[Object]] = {CONFIG_FOLDER: [{"configMap": {"name": NAME}}]}
    parents = sorted({posixpath.dirname(file) for file in site.files} | {CONFIG_FOLDER})
    for file in site.files:
        within = [folder for folder in parents if file.startswith(f"{folder}/")]
        item = {"key": key_of(file), "path": posixpath.relpath(file, within[0])}
        sources.setdefault(within[0], []).append({"secret": {"name": FILES, "items": [item]}})
    return sources


def _scheme(site: Site) -> str:
    return "https" if site.is_tls else "http"
