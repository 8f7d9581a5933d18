"""The image: what the specification asks of a layout, nothing in it that could be started but the gateway."""

import gzip
import hashlib
import io
import json
import re
import tarfile

import msgspec
import pytest

from narrowgate.deploy import kubernetes, oci
from narrowgate.deploy.kubernetes import Wishes
from narrowgate.deploy.oci import COMMAND, PROGRAM, Image, Listening, Parts, entries, image, listening_of
from tests.deploy.sites import site

PARTS = Parts(
    program=b"\x7fELF program",
    guard=b"\x7fELF guard",
    libraries={"/lib64/ld.so.2": b"loader", "/lib/x86_64-linux-gnu/libc.so.6": b"libc"},
    authorities=b"certificates",
    looked_at="/usr/lib/ssl/cert.pem",
    architecture="amd64",
    version="1.2.3",
    digest="ab" * 32,
    signer="SHA256:me",
)


def parsed(made: Image) -> tuple[dict[str, object], dict[str, object], bytes]:
    """Return manifest, configuration and layer; digest and size of each are held up on the way."""

    def blob(descriptor: dict[str, object]) -> bytes:
        data = made.files["blobs/" + str(descriptor["digest"]).replace(":", "/")]
        assert descriptor["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert descriptor["size"] == len(data)
        return data

    index = json.loads(made.files["index.json"])
    assert index["manifests"][0]["digest"] == made.digest
    manifest = json.loads(blob(index["manifests"][0]))
    return manifest, json.loads(blob(manifest["config"])), blob(manifest["layers"][0])


def members(layer: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        return {f"/{one.name}": one for one in archive.getmembers()}


def test_the_layout_is_as_the_specification_says() -> None:
    """https://github.com/opencontainers/image-spec/blob/v1.1.1/: image-layout, image-index, manifest, config."""
    made = image(PARTS, Listening())
    assert json.loads(made.files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads(made.files["index.json"])
    assert (index["schemaVersion"], index["mediaType"]) == (2, "application/vnd.oci.image.index.v1+json")
    assert index["manifests"][0]["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert index["manifests"][0]["platform"] == {"architecture": "amd64", "os": "linux"}
    manifest, config, layer = parsed(made)
    assert (manifest["schemaVersion"], manifest["mediaType"]) == (2, index["manifests"][0]["mediaType"])
    assert manifest["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"  # type: ignore[index] # JSON
    assert manifest["layers"][0]["mediaType"] == "application/vnd.oci.image.layer.v1.tar"  # type: ignore[index] # JSON
    assert config["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}
    assert len(made.files) == 5
    assert all(re.fullmatch(r"oci-layout|index\.json|blobs/sha256/[0-9a-f]{64}", name) for name in made.files)


def test_the_same_parts_give_the_same_bytes_and_other_ones_do_not() -> None:
    assert image(PARTS, Listening()) == image(msgspec.structs.replace(PARTS), Listening())
    other = msgspec.structs.replace(PARTS, authorities=b"others")
    assert image(PARTS, Listening()).digest != image(other, Listening()).digest


def test_nothing_can_be_started_but_the_gateway_and_nothing_be_changed_by_its_user() -> None:
    found = members(parsed(image(PARTS, Listening()))[2])
    started = {path for path, one in found.items() if one.isfile() and one.mode & 0o111}
    assert started == {COMMAND, PROGRAM, *PARTS.libraries}
    changeable = {path for path, one in found.items() if one.uid or (one.mode & 0o022 and not one.issym())}
    assert changeable == {"/data", "/tmp"}
    assert found["/data"].mode == 0o700
    assert found["/data"].uid == found["/data"].gid == kubernetes.USER
    assert all(one.mtime == 0 and not one.uname and not one.mode & 0o6000 for one in found.values())
    assert found["/usr/lib/ssl/cert.pem"].linkname == "/etc/ssl/certs/ca-certificates.crt"
    assert list(found) == sorted(found), "a folder comes before what is in it"
    for path in found:
        assert path.rpartition("/")[0] in {"", *found}


def test_it_is_run_by_a_user_without_rights() -> None:
    config = parsed(image(PARTS, Listening()))[1]["config"]
    assert isinstance(config, dict)
    assert config["User"] == "65532:65532"
    assert (config["Entrypoint"], config["Cmd"]) == ([COMMAND], ["serve"])
    assert config["ExposedPorts"] == {"4000/tcp": {}}
    assert config["Volumes"] == {"/data": {}}
    assert config["Env"] == ["PATH=/bin", "NARROWGATE_DATA=/data", "NARROWGATE_HOST=0.0.0.0"]
    assert config["StopSignal"] == "SIGTERM"
    assert config["Labels"]["narrowgate.manifest.sha256"] == PARTS.digest


def test_a_configuration_can_be_in_it() -> None:
    low = msgspec.structs.replace(site(), port=443, host="::")
    parts = msgspec.structs.replace(PARTS, config_text=low.config_text)
    _, config, layer = parsed(image(parts, listening_of(low)))
    assert members(layer)["/etc/narrowgate/narrowgate.yaml"].size == len(low.config_text or "")
    inner = config["config"]
    assert isinstance(inner, dict)
    assert inner["Env"][-2:] == ["NARROWGATE_HOST=::", "NARROWGATE_PORT=4000"]
    assert inner["WorkingDir"] == "/etc/narrowgate"
    assert listening_of(site()) == Listening(port=8443)


def test_it_fits_the_manifests() -> None:
    at = site()
    wishes = Wishes(namespace="n", image="i", storage="1Gi")
    (deployment,) = (one.content for one in kubernetes.objects(at, wishes) if one.content["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]  # type: ignore[index] # JSON
    container = pod["containers"][0]
    config = oci.configuration(PARTS, listening_of(at), "")["config"]
    assert isinstance(config, dict)
    security = pod["securityContext"]
    assert config["User"] == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert "command" not in container, "the image's entry point"
    assert container["args"][0] == config["Cmd"][0]
    assert f"{container['ports'][0]['containerPort']}/tcp" in config["ExposedPorts"]
    places = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert set(config["Volumes"]) <= set(places)
    files = {one.path for one in entries(PARTS) if one.data is not None}
    assert not [(place, file) for place in places for file in files if file.startswith(f"{place}/")], "is hidden"


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_compressed_it_is_the_same_within(architecture: str) -> None:
    parts = msgspec.structs.replace(PARTS, architecture=architecture)
    plain, small = image(parts, Listening()), image(parts, Listening(), is_compressed=True)
    manifest, config, stored = parsed(small)
    assert manifest["layers"][0]["mediaType"].endswith(".tar+gzip")  # type: ignore[index] # JSON
    assert gzip.decompress(stored) == parsed(plain)[2]
    assert config == parsed(plain)[1]
    assert stored[3:10] == b"\0\0\0\0\0\0\xff", "no name, no time"
    assert config.get("variant") == {"amd64": None, "arm64": "v8"}[architecture]


def test_a_layout_can_be_one_file() -> None:
    made = image(PARTS, Listening())
    with tarfile.open(fileobj=io.BytesIO(oci.archived(made.files))) as archive:
        assert sorted(archive.getnames()) == sorted(made.files)
