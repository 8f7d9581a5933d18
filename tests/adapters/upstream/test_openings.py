"""What stays open is what the origins need."""

import json

from narrowgate.adapters.upstream.openings import openings_of, proxy_end
from narrowgate.adapters.upstream.origins import OriginTable, read_origins
from narrowgate.signing.identities import EntraApp, GoogleMetadata, document_of
from tests.adapters.upstream.test_origins import ENTRY


def origins(*changes: dict[str, object]) -> list[OriginTable]:
    return read_origins(json.dumps([ENTRY | change for change in changes]).encode())


def test_ports_are_those_of_the_origins_and_of_name_servers() -> None:
    assert openings_of(origins({}, {"port": 8443})).connect_ports == {443, 8443, 53}


def test_behind_a_proxy_only_its_port_is_open() -> None:
    assert openings_of(origins({"proxy": "http://10.0.0.1:3128"})).connect_ports == {3128}


def test_addresses_need_no_name_server() -> None:
    assert openings_of(origins({"host": "10.0.0.9", "port": 8000})).connect_ports == {8000}


def test_files_are_those_to_look_up_names_and_to_check_certificates() -> None:
    found = openings_of(origins({"ca_file": "/some/ca.pem"}))
    assert {"/etc/resolv.conf", "/etc/hosts", "/some/ca.pem"} <= set(found.read)
    assert found.write == ()


def test_an_identity_opens_the_way_to_its_endpoint_and_the_folder_of_its_token() -> None:
    app = document_of(EntraApp("https://login.example:8443/t", "c", "s", token_file="/var/run/azure/tokens/token"))
    found = openings_of(origins({"identity": app}))
    assert found.connect_ports == {443, 8443, 53}
    assert "/var/run/azure/tokens" in found.read
    machine = document_of(GoogleMetadata("http://169.254.169.254/x"))
    through: dict[str, object] = {"proxy": "http://10.0.0.1:3128"}
    assert openings_of(origins({"identity": app} | through)).connect_ports == {3128}
    assert openings_of(origins({"identity": machine} | through)).connect_ports == {3128, 80}


def test_a_proxys_end_has_its_usual_port() -> None:
    assert proxy_end("http://proxy") == ("proxy", 3128, False)
    assert proxy_end("https://u:p@proxy") == ("proxy", 443, True)
    assert proxy_end("http://[::1]:8080") == ("::1", 8080, False)
