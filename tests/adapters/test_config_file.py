"""From a place on disk and the environment to a plan with its secrets."""

from pathlib import Path

import pytest

from narrowgate.adapters.config_file import config_path, fetch_secrets, load, load_plan, read
from narrowgate.config.complaint import ConfigRefused
from narrowgate.config.schema import Config


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str, name: str = "narrowgate.yaml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def refusal(argument: str | None, environment: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigRefused) as caught:
        fetch_secrets(load_plan(argument, environment), environment)
    return [str(complaint) for complaint in caught.value.complaints]


def test_the_file_is_the_argument_else_the_variable_else_the_usual_one_if_there() -> None:
    assert config_path(None, {}) is None
    write("")
    assert config_path(None, {}) == Path("narrowgate.yaml")
    assert config_path(None, {"NARROWGATE_CONFIG": "b.yaml"}) == Path("b.yaml")
    assert config_path("a.yaml", {"NARROWGATE_CONFIG": "b.yaml"}) == Path("a.yaml")


def test_without_a_file_the_environment_decides() -> None:
    loaded = load_plan(None, {"OPENAI_API_KEY": "sk", "NARROWGATE_PORT": "8080"})
    assert loaded.path is None
    assert loaded.plan.edge.listen.port == 8080
    assert [view.name for view in loaded.plan.edge.providers] == ["openai"]
    assert read(None) == Config()


def test_a_file_and_a_variable_name_that_do_not_lead_to_text_are_refused() -> None:
    assert refusal("nowhere.yaml", {}) == [
        "nowhere.yaml: cannot be read: no such file or directory; check --config or NARROWGATE_CONFIG"
    ]
    Path("bytes.yaml").write_bytes(b"\xff\xfe")
    assert refusal("bytes.yaml", {}) == ["bytes.yaml: is not UTF-8 text; save it as UTF-8"]


def test_complaints_about_meaning_have_lines_too() -> None:
    write("custody: split\nproviders:\n  openai:\nlisten:\n  tls: {certificate: no.pem, private_key: ''}\n")
    assert [complaint.partition(":")[0] for complaint in refusal(None, {})] == [
        "providers.openai.api_key (line 3)",
        "listen.tls.private_key (line 5)",
        "listen.tls.certificate (line 5)",
    ]


def test_a_certificate_authority_that_cannot_be_read_is_told() -> None:
    write("providers:\n  mine: {base_url: 'https://x.example', ca_file: ca.pem}\n")
    (complaint,) = refusal(None, {})
    assert complaint.startswith("providers.mine.ca_file (line 2): the file cannot be read")


def test_keys_are_put_into_the_headers_they_belong_to() -> None:
    write("""
providers:
  openai: {}
  azure: {base_url: "https://r.example", api_key: "env://AZ", headers: {x-team: "env://TEAM", x-site: "https://s"}}
  mine: {base_url: "http://10.0.0.5:8000/v1", proxy: "env://PROXY"}
admin_token: env://ADMIN
""")
    environment = {
        "OPENAI_API_KEY": "sk-1",
        "AZ": "az-1",
        "TEAM": "t",
        "PROXY": "http://u:p@proxy:3128",
        "ADMIN": "adm",
    }
    secrets = fetch_secrets(load_plan(None, environment), environment)
    openai, azure, mine = secrets.origins
    assert openai.headers == (("authorization", "Bearer sk-1"),)
    assert azure.headers == (("x-team", "t"), ("x-site", "https://s"), ("api-key", "az-1"))
    assert mine.headers == ()
    assert mine.proxy == "http://u:p@proxy:3128"
    assert secrets.admin_token is not None
    assert secrets.admin_token.reveal() == "adm"
    assert repr(secrets) == "<secrets>"
    assert repr(secrets.origins) == "(<origin openai>, <origin azure>, <origin mine>)"


def test_every_reference_that_leads_nowhere_is_told_at_once() -> None:
    write("""
admin_token: env://ADMIN
providers:
  openai: {api_key: "file:///nowhere/key"}
  mine: {base_url: "http://x.example", proxy: "env://PROXY", headers: {x-team: "env://TEAM"}}
""")
    assert [complaint.partition(":")[0] for complaint in refusal(None, {"PROXY": "hidden", "TEAM": " hidden"})] == [
        "admin_token (line 2)",
        "providers.openai.api_key (line 4)",
        "providers.mine.headers.x-team (line 5)",
        "providers.mine.proxy (line 5)",
    ]
    assert not any("hidden" in complaint for complaint in refusal(None, {"PROXY": "hidden", "TEAM": " hidden"}))


def test_a_configuration_that_was_altered_replaces_the_one_in_the_file() -> None:
    path = Path(write("edges: 2\n"))
    loaded = load(path, {"NARROWGATE_EDGES": "5"}, Config(edges=3))
    assert loaded.config.edges == 3
    assert load(path, {"NARROWGATE_EDGES": "5"}).config.edges == 5
