"""Manifests: what the restricted standard asks for, references instead of secrets, one gateway a volume."""

import msgspec
import pytest

from narrowgate.deploy.kubernetes import Wishes, complaints_of, key_of, notes_of, objects, port_of
from narrowgate.deploy.manifest import render
from narrowgate.deploy.site import Site
from tests.deploy.sites import site

WISHES = Wishes(namespace="ns", image="registry.example/narrowgate@sha256:00", storage="1Gi")


def named(at: Site, kind: str, wishes: Wishes = WISHES) -> dict[str, object]:
    return next(dict(one.content) for one in objects(at, wishes) if one.content["kind"] == kind)


def at(document: object, *path: str | int) -> object:
    for step in path:
        assert isinstance(document, dict | list)
        document = document[step]  # type: ignore[index] # either kind, by the step
    return document


POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)


def test_the_pod_is_what_the_restricted_standard_asks_for() -> None:
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/ section Restricted, control by control."""
    deployment = named(site(), "Deployment")
    pod, container = at(deployment, *POD), at(deployment, *CONTAINER)
    assert isinstance(pod, dict)
    assert isinstance(container, dict)
    for field in ("hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"):
        assert field not in pod
    kinds = {next(kind for kind in volume if kind != "name") for volume in pod["volumes"]}
    assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret", "downwardAPI"}
    assert at(container, "securityContext") == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert at(pod, "securityContext", "runAsNonRoot") is True
    assert at(pod, "securityContext", "runAsUser") != 0
    assert at(pod, "securityContext", "seccompProfile") == {"type": "RuntimeDefault"}
    assert all("hostPort" not in port for port in container["ports"])
    labels = at(named(site(), "Namespace"), "metadata", "labels")
    assert isinstance(labels, dict)
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_no_token_of_the_cluster_is_mounted() -> None:
    assert at(named(site(), "Deployment"), *POD, "automountServiceAccountToken") is False
    assert named(site(), "ServiceAccount")["automountServiceAccountToken"] is False


def test_secrets_are_references_only() -> None:
    variables = at(named(site(), "Deployment"), *CONTAINER, "env")
    assert isinstance(variables, list)
    plain = [one for one in variables if "value" in one]
    assert plain == [{"name": "AZURE_BASE_URL", "value": "https://mine.example"}]
    assert {one["name"] for one in variables if "valueFrom" in one} == set(site().variables)
    assert "Secret" not in {one.content["kind"] for one in objects(site(), WISHES)}


def test_every_file_is_where_the_configuration_looks_for_it() -> None:
    deployment = named(site(), "Deployment")
    volumes, mounts = at(deployment, *POD, "volumes"), at(deployment, *CONTAINER, "volumeMounts")
    assert isinstance(volumes, list)
    assert isinstance(mounts, list)
    folders = {one["name"]: one["mountPath"] for one in mounts}
    found = {"/etc/narrowgate/narrowgate.yaml"}
    for volume in volumes:
        for source in volume.get("projected", {"sources": []})["sources"]:
            for item in source.get("secret", {"items": []})["items"]:
                found.add(f"{folders[volume['name']]}/{item['path']}")
                assert item["key"] == key_of(f"{folders[volume['name']]}/{item['path']}")
    assert found == {"/etc/narrowgate/narrowgate.yaml", *site().files}
    places = sorted(folders.values())
    assert not [(a, b) for a in places for b in places if b.startswith(f"{a}/")], "one in another cannot be made"
    assert all(one["readOnly"] for one in mounts if one["name"] != "data")


def test_the_command_listens_where_probes_and_service_look() -> None:
    low = msgspec.structs.replace(site(), port=443)
    deployment, service = named(low, "Deployment"), named(low, "Service")
    words = at(deployment, *CONTAINER, "args")
    assert isinstance(words, list)
    assert words[words.index("--port") + 1] == "4000" == str(port_of(low))
    assert words[words.index("--host") + 1] == "0.0.0.0"
    assert at(deployment, *CONTAINER, "ports", 0, "containerPort") == 4000
    assert at(service, "spec", "ports", 0, "port") == 443
    probe = at(deployment, *CONTAINER, "livenessProbe", "httpGet")
    assert probe == {"path": "/health/live", "port": "https", "scheme": "HTTPS"}
    assert at(deployment, *CONTAINER, "readinessProbe", "httpGet", "path") == "/health/ready"


def test_probes_that_cannot_speak_only_connect() -> None:
    deployment = named(site("listen: {proxy_protocol: true}"), "Deployment")
    assert at(deployment, *CONTAINER, "livenessProbe", "tcpSocket") == {"port": "http"}


def test_the_kubelet_waits_for_the_drain() -> None:
    assert at(named(site(), "Deployment"), *POD, "terminationGracePeriodSeconds") == 60


def test_one_gateway_has_the_volume() -> None:
    deployment = named(site(), "Deployment")
    assert at(deployment, "spec", "replicas") == 1
    assert at(deployment, "spec", "strategy") == {"type": "Recreate"}
    assert at(named(site(), "PersistentVolumeClaim"), "spec", "accessModes") == ["ReadWriteOncePod"]


def test_selectors_find_the_pod() -> None:
    labels = at(named(site(), "Deployment"), "spec", "template", "metadata", "labels")
    assert at(named(site(), "Service"), "spec", "selector") == labels
    assert at(named(site(), "PodDisruptionBudget"), "spec", "selector", "matchLabels") == labels
    policy = next(dict(one.content) for one in objects(site(), WISHES) if one.file == "networkpolicy-narrowgate.yaml")
    assert at(policy, "spec", "podSelector", "matchLabels") == labels


def test_everything_but_the_namespace_is_in_it() -> None:
    for one in objects(site(), WISHES):
        assert at(dict(one.content), "metadata", "name" if one.content["kind"] == "Namespace" else "namespace") == "ns"


def test_the_same_configuration_gives_the_same_bytes() -> None:
    assert render(objects(site(), WISHES)) == render(objects(site(), WISHES))


def test_cilium_takes_the_place_of_the_other_policies() -> None:
    kinds = [one.content["kind"] for one in objects(site(), msgspec.structs.replace(WISHES, is_cilium=True))]
    assert "CiliumNetworkPolicy" in kinds
    assert "NetworkPolicy" not in kinds


@pytest.mark.parametrize("file", ["/key", "/etc/key", "/data/key", "/usr/key"])
def test_a_file_that_would_hide_the_image_is_refused(file: str) -> None:
    found = msgspec.structs.replace(site(), files=(file,))
    assert "would hide" in str(next(complaints_of(found)))


def test_what_cannot_be_put_into_a_pod_is_refused() -> None:
    twins = msgspec.structs.replace(site(), files=("/a b/key", "/a.b/key"))
    assert "get one name" in str(next(complaints_of(twins)))
    assert "cannot be made" in str(next(complaints_of(site("listen: {unix_socket: /run/ng.sock}"))))
    long = msgspec.structs.replace(site(), config_text="x" * 1_000_001)
    assert "too long" in str(next(complaints_of(long)))
    assert not list(complaints_of(site()))


def test_what_is_left_to_do_is_told() -> None:
    tagged = msgspec.structs.replace(WISHES, image="narrowgate:1")
    notes = "\n".join(notes_of(site("listen: {proxy_protocol: true}"), tagged))
    assert "name it by its digest" in notes
    assert "probes only connect" in notes
    notes = "\n".join(notes_of(site(), WISHES))
    assert "--from-file=run.keys.azure=FILE" in notes
    assert "providers.openai.headers.X-Team will stand in a ConfigMap" in notes
    assert "digest" not in notes
