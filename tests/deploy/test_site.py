"""What matters of a configuration: secrets by name, files, whom it calls."""

import pytest

from narrowgate.adapters.config_file import load
from narrowgate.config.cloud_schema import Entra, Google
from narrowgate.config.schema import Config, Provider
from narrowgate.deploy.site import End, complaints_of, ends_of, references_of
from tests.deploy.sites import PROXIES, planned, site


def test_secrets_are_told_by_name_and_never_read() -> None:
    found = site()
    assert found.variables == ("EXTRA", "NARROWGATE_ADMIN_TOKEN", "NARROWGATE_KEY", "OPENAI_API_KEY", "PROXY")
    assert found.secret_files == (
        "/etc/narrowgate/tls/key.pem",
        "/run/credentials/narrowgate.service/groq",
        "/run/keys/azure",
    )
    assert found.files == ("/etc/narrowgate/tls/cert.pem", *found.secret_files)
    assert found.plain_headers == ("providers.openai.headers.X-Team",)


def test_an_admin_token_of_the_configuration_takes_the_place_of_the_variable() -> None:
    assert site("admin_token: env://TOKEN").variables == ("NARROWGATE_KEY", "TOKEN")


def test_ends_are_whom_the_gateway_connects_to_itself() -> None:
    _, plan = planned()
    ends = {(end.host, end.port): end for end in ends_of(plan.origins, PROXIES)}
    assert ("mine.example", 443) not in ends
    assert ends["proxy.corp.example", 3128] == End("proxy.corp.example", 3128, ("azure",), may_be_private=True)
    assert not ends["api.openai.com", 443].may_be_private
    assert ends["localhost", 11434].is_local
    assert str(ends["fd00::5", 8000].address) == "fd00::5"


def test_two_providers_at_one_host_are_one_end() -> None:
    _, plan = planned(
        "providers: {a: {base_url: 'https://h.example/x'}, b: {base_url: 'https://h.example/y', allow_private: true}}"
    )
    assert ends_of(plan.origins, {}) == (End("h.example", 443, ("a", "b"), may_be_private=True),)


def test_a_stop_may_take_as_long_as_the_drain_and_some() -> None:
    assert site().stop_s == 60


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("listen: {port: 0}", "listen.port"),
        ("listen: {unix_socket: here.sock}", "listen.unix_socket"),
        ("providers: {groq: {api_key: 'file://key'}}", "providers.groq.api_key"),
        ("providers: {groq: {api_key: 'file:///run/../key'}}", "providers.groq.api_key"),
        ("providers: {groq: {api_key: env://K, ca_file: ca.pem}}", "providers.groq.ca_file"),
        ("listen: {tls: {certificate: c.pem, private_key: /k.pem}}", "listen.tls.certificate"),
    ],
)
def test_what_depends_on_who_starts_it_is_refused(text: str, path: str) -> None:
    assert [complaint.path for complaint in complaints_of(*planned(text))] == [path]


def test_probes_that_cannot_speak_are_known() -> None:
    assert site().takes_plain_probes
    assert not site("listen: {proxy_protocol: true}").takes_plain_probes
    assert not site("listen: {tls: {certificate: /c, private_key: /k, client_ca: /ca}}").takes_plain_probes


def test_an_identity_brings_its_references_and_endpoints_along() -> None:
    vertex = Provider(google=Google("file:///run/keys/vertex.json", "p"))
    azure = Provider(base_url="https://r.example", entra=Entra(managed_identity=True))
    loaded = load(None, {}, Config(providers={"vertex": vertex, "azure": azure}))
    config, plan = loaded.config, loaded.plan
    assert ("providers.vertex.google.credentials", "file:///run/keys/vertex.json") in references_of(config, plan)
    ends = {(end.host, end.port): end.of for end in ends_of(plan.origins, {})}
    assert ends["oauth2.googleapis.com", 443] == ("vertex",)
    assert ends["169.254.169.254", 80] == ("azure",)
    through = {end.host for end in ends_of(plan.origins, {"vertex": ("proxy.example", 3128)})}
    assert through == {"proxy.example", "r.example", "169.254.169.254"}
