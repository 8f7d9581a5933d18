"""`deploy` writes what a configuration needs around it, and reads no secret for that."""

from pathlib import Path

import pytest
import yaml

from narrowgate.cli import main

CONFIG = """
listen: {port: 8443}
providers:
  openai: {api_key: env://SOME_KEY}
  mine: {base_url: 'https://llm.example/v1', ca_file: /etc/narrowgate/ca.pem, proxy: env://PROXY}
"""


@pytest.fixture
def config(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = folder / "narrowgate.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("PROXY", "http://me:hidden@proxy.example:3129")
    monkeypatch.setenv("SOME_KEY", "sk-hidden")
    return file


def test_a_unit_is_printed_and_what_is_left_to_do_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "systemd", "--program", "/opt/ng"]) == 0
    said = capsys.readouterr()
    assert "ExecStart=/opt/ng serve --config /etc/narrowgate/narrowgate.yaml" in said.out
    assert "SocketBindAllow=tcp:8443" in said.out
    assert "note: write NARROWGATE_ADMIN_TOKEN, NARROWGATE_KEY, PROXY, SOME_KEY into" in said.err
    assert "hidden" not in said.out + said.err


def test_manifests_are_printed_as_one_stream(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "kubernetes", "--namespace", "ai", "--image", "i@sha256:0"]) == 0
    said = capsys.readouterr()
    kinds = [document["kind"] for document in yaml.safe_load_all(said.out)]
    assert kinds[0] == "Namespace"
    assert "Deployment" in kinds
    assert "proxy.example:3129 (mine)" in said.out
    assert "hidden" not in said.out + said.err


def test_manifests_are_written_in_the_order_they_are_applied(config: Path, folder: Path) -> None:
    assert main(["deploy", "kubernetes", "--cilium", "--out", "k8s"]) == 0
    written = sorted(path.name for path in (folder / "k8s").iterdir())
    assert written[0] == "00-namespace-narrowgate.yaml"
    assert any(name.endswith("ciliumnetworkpolicy-narrowgate.yaml") for name in written)


def test_overrides_of_this_shell_do_not_count_there(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NARROWGATE_PORT", "5000")
    assert main(["deploy", "systemd"]) == 0
    assert "tcp:8443" in capsys.readouterr().out


def test_addresses_from_the_environment_go_along(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example/v1")
    assert main(["deploy", "systemd"]) == 0
    out = capsys.readouterr().out
    assert "Environment=OPENAI_BASE_URL=https://gateway.example/v1\n" in out
    assert "--config" not in out
    assert "hidden" not in out


def test_a_proxy_that_is_not_known_here_is_a_problem(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PROXY")
    assert main(["deploy", "kubernetes"]) == 1
    assert "providers.mine.proxy: 'env://PROXY' is not set" in capsys.readouterr().err


def test_a_bad_configuration_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "narrowgate.yaml").write_text("listen: {port: 0}\n", encoding="utf-8")
    assert main(["deploy", "systemd"]) == 1
    assert "listen.port" in capsys.readouterr().err
    (folder / "narrowgate.yaml").write_text("listen: {tls: {certificate: /c, private_key: /usr/k}}", encoding="utf-8")
    assert main(["deploy", "kubernetes"]) == 1
    assert "would hide '/'" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(config: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "file").write_text("", encoding="utf-8")
    assert main(["deploy", "systemd", "--out", "file"]) == 1
    assert "'file'" in capsys.readouterr().err
