"""The container image as a user has it: made by the command, the same twice, run by a container runtime."""

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.container import Container, read_image, run, why_not
from tests.e2e.gateway import ADMIN, KEY, PROVIDER_KEY, SOURCE, Gateway, wait_until
from tests.e2e.sealing import Files
from tests.e2e.secured import Authority, TlsProvider

pytestmark = pytest.mark.slow
HELLO = {"model": "demo/chat", "messages": [{"role": "user", "content": "hi"}]}
WHY_NOT = why_not()
runs = pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")


def deploy(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "narrowgate", "deploy", *words]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def make(folder: Path, files: Files, *more: str) -> Path:
    """Make an image; return its layout."""
    words = ("--program", str(files.path), "--key", str(files.folder / "narrowgate.pub"), "--out", "image", *more)
    done = deploy(folder, "oci", *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == read_image(folder / "image")[2]
    return folder / "image"


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory, whole: Files) -> Path:
    return make(tmp_path_factory.mktemp("image"), whole)


class InContainer(Gateway):
    """A gateway in a container of this image."""

    def __init__(self, folder: Path, layout: Path, config: str) -> None:
        super().__init__(folder, config)
        image, layer, _ = read_image(layout)
        self.container = Container(folder / "bundle", image, layer)
        self.data = folder / "bundle" / "data"

    def start_with(self, *words: str, **environment: str) -> "InContainer":
        """Start it as the image says; `words` take the place of the image's own."""
        keys = {"NARROWGATE_KEY": KEY, "NARROWGATE_ADMIN_TOKEN": ADMIN, "PROVIDER_KEY": PROVIDER_KEY}
        usual = {"NARROWGATE_PORT": str(self.port), "NARROWGATE_HOST": "127.0.0.1"}
        command = self.container.command(f"test-{self.port}", words, keys | usual | environment)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        assert wait_until(self.is_ready, 30), self.text()
        return self


@pytest.fixture
def contained(tmp_path: Path, layout: Path) -> Iterator[InContainer]:
    tmp_path.chmod(0o755)
    gateway = InContainer(tmp_path, layout, "demo: true\n")
    yield gateway
    if gateway.process is not None:
        assert gateway.stop() == 0, gateway.text()


def test_two_images_from_two_folders_are_the_same_to_the_byte(tmp_path: Path, layout: Path, whole: Files) -> None:
    other = tmp_path / "deeper" / "still"
    other.mkdir(parents=True)
    moved = Files.__new__(Files)
    moved.folder, moved.path = other / "files", other / "files" / "renamed"
    shutil.copytree(whole.folder, moved.folder)
    (moved.folder / whole.path.name).rename(moved.path)
    again = make(other, moved)
    one, two = ({p.relative_to(at): p.read_bytes() for p in at.rglob("*") if p.is_file()} for at in (layout, again))
    assert one == two
    assert str(tmp_path).encode() not in b"".join(two.values())
    make(other, moved)  # over the one that is there


def test_one_file_and_compressed(tmp_path: Path, whole: Files) -> None:
    words = ("--program", str(whole.path), "--key", str(whole.folder / "narrowgate.pub"))
    done = deploy(tmp_path, "oci", *words, "--out", "image.tar", "--gzip", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    subprocess.run(["tar", "-xf", "image.tar", "--one-top-level"], cwd=tmp_path, check=True)
    assert read_image(tmp_path / "image")[2] == told["digest"]
    assert (tmp_path / "image.tar").stat().st_size < whole.path.stat().st_size * 0.7
    assert any("libcrypto" in name for name in told["libraries"])


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="there is no skopeo; on Debian: apt install skopeo")
def test_another_tool_takes_it_for_an_image(tmp_path: Path, layout: Path) -> None:
    digest = read_image(layout)[2]
    copy = ["skopeo", "--insecure-policy", "copy", "--preserve-digests", f"oci:{layout}", f"dir:{tmp_path / 'copy'}"]
    subprocess.run(copy, check=True, capture_output=True)
    told = subprocess.run(["skopeo", "inspect", f"dir:{tmp_path / 'copy'}"], check=True, capture_output=True)
    assert json.loads(told.stdout)["Digest"] == digest


def test_what_is_not_as_signed_becomes_no_image(tmp_path: Path, whole: Files) -> None:
    data = bytearray(whole.path.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "altered").write_bytes(data)
    done = deploy(tmp_path, "oci", "--program", "altered", "--key", str(whole.folder / "narrowgate.pub"), "--out", "i")
    assert done.returncode == 1
    assert "not what was signed" in done.stderr
    assert not (tmp_path / "i").exists()


@runs
def test_it_serves_under_the_filter_that_engines_use_and_stops_when_told(contained: InContainer) -> None:
    contained.start_with()
    assert contained.call(HELLO)[0] == 200
    assert json.loads(contained.get("/health")[2])["sandbox"]["missing"] == []
    assert contained.stop() == 0
    assert (contained.data / "narrowgate.db").stat().st_uid == 65532


@runs
def test_a_mounted_configuration_is_found_and_commands_run_beside_the_gateway(contained: InContainer) -> None:
    contained.config.write_text("demo: true\naliases: {here: demo/chat}\n")
    contained.config.chmod(0o644)
    contained.container.bind(contained.config, "/etc/narrowgate/narrowgate.yaml", "ro")
    contained.start_with()
    assert contained.call(HELLO | {"model": "here"})[0] == 200
    made = run(contained.container.command(f"beside-{contained.port}", ["keys", "create", "--name", "team"]))
    assert made.returncode == 0, made.stderr
    told = run(contained.container.command(f"doctor-{contained.port}", ["doctor", "--json"]))
    findings = {one["about"]: one["verdict"] for one in json.loads(told.stdout)["findings"]}
    assert findings["packages"] == findings["sandbox"] == findings["data"] == "good"


@runs
def test_variables_that_a_loader_would_obey_are_not_obeyed(contained: InContainer, tmp_path: Path) -> None:
    traps = dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "OPENSSL_CONF", "LD_LIBRARY_PATH"), "/tmp/trap")
    if shutil.which("gcc") is not None:
        source = '#include <fcntl.h>\n__attribute__((constructor)) void f(void) { open("/data/ran", O_CREAT, 0600); }\n'
        (tmp_path / "trap.c").write_text(source)
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", "trap.so", "trap.c"], cwd=tmp_path, check=True)
        contained.container.bind(tmp_path / "trap.so", "/lib/trap.so", "ro")
        traps["LD_PRELOAD"] = "/lib/trap.so"
    contained.start_with(**traps)
    assert contained.call(HELLO)[0] == 200
    assert not (contained.data / "ran").exists()


@runs
def test_authorities_in_it_are_those_that_servers_are_checked_with(tmp_path: Path, whole: Files) -> None:
    authority = Authority(tmp_path)
    server = TlsProvider(*authority.issue("server"))
    config = f"providers: {{openai: {{base_url: 'https://localhost:{server.port}/v1', api_key: 'env://PROVIDER_KEY'}}}}"
    (tmp_path / "inside.yaml").write_text(config)
    chat = {"model": "openai/m-1", "messages": []}
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    hosts.chmod(0o644)
    tmp_path.chmod(0o755)
    for number, more in enumerate((["--authorities", str(authority.file)], [])):
        folder = tmp_path / str(number)
        folder.mkdir(mode=0o755)
        gateway = InContainer(folder, make(folder, whole, "--config", str(tmp_path / "inside.yaml"), *more), "")
        gateway.container.bind(hosts, "/etc/hosts", "ro")
        try:
            assert gateway.start_with().call(chat)[0] == (200 if more else 502)
        finally:
            assert gateway.stop() == 0, gateway.text()
    assert ssl.get_default_verify_paths().cafile != str(authority.file)


@runs
def test_it_runs_as_the_kubernetes_manifests_say(contained: InContainer, tmp_path: Path) -> None:
    contained.config.write_text("demo: true\n")
    done = deploy(tmp_path, "kubernetes", "--config", str(contained.config))
    assert done.returncode == 0, done.stderr
    documents = {one["kind"]: one for one in yaml.safe_load_all(done.stdout)}
    pod = documents["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert contained.container.user == (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"])
    mounted = tmp_path / "config"
    mounted.mkdir()
    (mounted / "narrowgate.yaml").write_text(documents["ConfigMap"]["data"]["narrowgate.yaml"])
    mounted.chmod(0o755)
    (mounted / "narrowgate.yaml").chmod(0o440)
    os.chown(mounted / "narrowgate.yaml", 0, pod["securityContext"]["fsGroup"])
    places = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert set(places) == {"/data", "/etc/narrowgate"}
    contained.container.bind(mounted, "/etc/narrowgate", "ro")
    words = list(container["args"])
    # The port of this test's, in the place of the pod's own.
    words[words.index("--port") + 1] = str(contained.port)
    contained.start_with(*words)
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert contained.get(container[probe]["httpGet"]["path"])[0] == 200
    assert contained.call(HELLO)[0] == 200
